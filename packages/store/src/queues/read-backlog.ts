import type { RedisClient } from '../redis/connect.ts'

/**
 * How many of the jobs that are next are looked at: the next one alone may be an end that overtook older rings.
 */
const DEPTH = 20

/**
 * Since when the oldest job is due that nobody has taken. One that was tried before and waits again tells its first
 * time only, so it is left out; while it waits for its next time it is in the sorted set, by that time.
 *
 * KEYS wait, delayed
 * ARGV job key prefix, how many to look at
 * Returns the instant (ms) as a string, or ''.
 */
const OLDEST_DUE = `
local oldest
for _, id in ipairs(redis.call('LRANGE', KEYS[1], -ARGV[2], -1)) do
  local job = redis.call('HMGET', ARGV[1] .. id, 'timestamp', 'ats')
  local at = job[1] and not job[2] and tonumber(job[1])
  if at and (not oldest or at < oldest) then oldest = at end
end
local nextDelayed = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if nextDelayed[2] then
  -- BullMQ keeps the instant in all but the lowest twelve bits.
  local at = math.floor(tonumber(nextDelayed[2]) / 4096)
  if not oldest or at < oldest then oldest = at end
end
return oldest and string.format('%.0f', oldest) or ''
`

/**
 * How long the oldest job that is due has waited in each of these queues, in ms; 0 where none waits. One command a
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
    const since = await redis.eval(OLDEST_DUE, 2, `${base}wait`, `${base}delayed`, base, DEPTH)
    return [name, since === '' ? 0 : Math.max(0, now - Number(since))] as const
  })
  return Object.fromEntries(await Promise.all(ages))
}
