import type { RedisClient } from './connect.ts'
import { runScript, script } from './run-script.ts'

/** A plain INFO is sent to any node of a Cluster. This script runs on the node that holds Ringer's keys. */
const READ_INFO = script("return redis.call('INFO')")

/**
 * Reads what Redis says about itself, such as `redis_version`, `maxmemory_policy`, `aof_enabled`. Rejects if the user may not run
 * INFO.
 *
 * https://redis.io/docs/latest/commands/info/
 *
 * @param prefix the prefix of all keys
 */
export async function readInfo(redis: RedisClient, prefix: string): Promise<ReadonlyMap<string, string>> {
  const info = String(await runScript(redis, READ_INFO, [`${prefix}:info`], []))
  return new Map(
    Array.from(info.matchAll(/^([a-z]\w*):(.*?)\r?$/gm), ([, name = '', value = '']) => [name, value]),
  )
}
