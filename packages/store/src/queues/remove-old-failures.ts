import type { RedisClient } from '../redis/connect.ts'
import { runScript, script } from '../redis/run-script.ts'

/** How many jobs of a queue one command removes. Redis does nothing else meanwhile. */
const AT_ONCE = 100

/**
 * BullMQ's `removeOnFail` with an age removes old jobs only when another job of the queue fails. The queues' jobs have no
 * parents and write no logs, so a job is its hash.
 *
 * KEYS failed of each queue
 * ARGV latest instant of failing (ms), how many jobs of each queue, key prefix of the jobs of each queue
 * Returns the number of removed jobs.
 */
const REMOVE = script(`
local removed = 0
for i, failed in ipairs(KEYS) do
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', failed, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
    redis.call('ZREM', failed, id)
    redis.call('UNLINK', ARGV[2 + i] .. id)
    removed = removed + 1
  end
end
return removed
`)

/**
 * Removes failed jobs from the queues, at most 100 of each, in one command. They contain what their webhook said.
 *
 * @param until only those that failed at this instant (epoch ms) or before
 * @returns how many were removed
 */
export async function removeOldFailures(
  redis: RedisClient,
  prefix: string,
  queues: readonly string[],
  until: number,
): Promise<number> {
  const keys = queues.map(name => `${prefix}:${name}:failed`)
  const args = [until, AT_ONCE, ...queues.map(name => `${prefix}:${name}:`)]
  return (await runScript(redis, REMOVE, keys, args)) as number
}
