import type { RedisClient } from '../redis/connect.ts'
import { runScript, script } from '../redis/run-script.ts'

/** How many of the next jobs are read. Reading one is not enough: it may be an end that overtook older rings. */
const DEPTH = 20

/**
 * Finds since when the oldest job that no worker has taken is due. A job that waits after an earlier attempt is left out,
 * because its timestamp is that of its creation. While such a job is delayed, it is in the sorted set, scored by the time
 * of its next attempt.
 *
 * KEYS wait, delayed
 * ARGV job key prefix, how many jobs to read
 * Returns the instant (ms) as a string, or ''.
 */
const OLDEST_DUE = script(`
local oldest
for _, id in ipairs(redis.call('LRANGE', KEYS[1], -ARGV[2], -1)) do
  local job = redis.call('HMGET', ARGV[1] .. id, 'timestamp', 'ats')
  local at = job[1] and not job[2] and tonumber(job[1])
  if at and (not oldest or at < oldest) then oldest = at end
end
local nextDelayed = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if nextDelayed[2] then
  -- In BullMQ's score, all but the lowest twelve bits are the instant.
  local at = math.floor(tonumber(nextDelayed[2]) / 4096)
  if not oldest or at < oldest then oldest = at end
end
return oldest and string.format('%.0f', oldest) or ''
`)

/**
 * Reads how long the oldest due job of each queue has waited, in ms. 0 means that no job is due. Sends one command per
 * queue.
 *
 * @param now epoch ms
 */
export async function readBacklog(
  redis: RedisClient,
  prefix: string,
  queues: readonly string[],
  now: number,
): Promise<Record<string, number>> {
  const ages = queues.map(async name => {
    const base = `${prefix}:${name}:`
    const since = await runScript(redis, OLDEST_DUE, [`${base}wait`, `${base}delayed`], [base, DEPTH])
    return [name, since === '' ? 0 : Math.max(0, now - Number(since))] as const
  })
  return Object.fromEntries(await Promise.all(ages))
}
