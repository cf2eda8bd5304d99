import type { RedisClient } from './connect.ts'
import { runScript, script } from './run-script.ts'

/** A plain INFO is sent to any node of a Cluster. This script runs on the node that holds Ringer's keys. */
const READ_MEMORY = script("return redis.call('INFO', 'memory')")

/**
 * Creates a check whether Redis may evict keys when its memory is full: then calls that were answered with 200 vanish, and
 * nothing says so. With `noeviction`, Redis refuses writes instead, and the sender tries again. A Redis without `maxmemory`
 * evicts nothing.
 *
 * INFO tells the policy also where a managed Redis forbids CONFIG. If it does not, there is no fault.
 *
 * @param prefix the prefix of all keys
 * @returns a function that returns the fault, if there is one, within the limit. It never rejects
 */
export function createEvictionCheck(redis: RedisClient, prefix: string) {
  // Checks share the command that is under way, so that they do not pile up while Redis is away.
  let pending: Promise<string | undefined> | undefined
  const read = () => {
    pending ??= runScript(redis, READ_MEMORY, [`${prefix}:memory`], [])
      .then(
        info => faultIn(String(info)),
        () => undefined,
      )
      .finally(() => {
        pending = undefined
      })
    return pending
  }
  return async (limitMs: number): Promise<string | undefined> => {
    if (redis.status !== 'ready') return undefined
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<undefined>(resolve => {
      timer = setTimeout(() => resolve(undefined), limitMs)
    })
    return Promise.race([read(), limit]).finally(() => clearTimeout(timer))
  }
}

/** https://redis.io/docs/latest/develop/reference/eviction/ */
function faultIn(info: string): string | undefined {
  const maxMemory = /^maxmemory:(\d+)/m.exec(info)?.[1] ?? '0'
  const policy = /^maxmemory_policy:([\w-]+)/m.exec(info)?.[1] ?? 'noeviction'
  if (maxMemory === '0' || policy === 'noeviction') return undefined
  return `Redis's maxmemory-policy is ${policy}, which loses calls when its memory is full: set it to noeviction`
}
