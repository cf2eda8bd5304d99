import type { RedisClient } from '../redis/connect.ts'
import { runScript, script } from '../redis/run-script.ts'

/** How many jobs a queue has: in the hands of workers, and all others that are not done. */
export interface Load {
  active: number
  waiting: number
}

/**
 * Also restores BullMQ's markers of jobs that wait, and of the next one that is due within a second. A worker takes the marker,
 * then the job, or waits until it is due. If Redis refuses the second command, or the worker leaves the queue, closes or dies
 * meanwhile, the job waits without a marker until the next blocking wait of some worker ends.
 *
 * KEYS active, wait, prioritized, delayed, marker of each queue
 * Returns the number of active and of waiting jobs of each queue.
 */
const READ_LOADS = script(`
local loads = {}
local time = redis.call('TIME')
local soon = time[1] * 1000 + time[2] / 1000 + 1000
for i = 1, #KEYS, 5 do
  local ready = redis.call('LLEN', KEYS[i + 1]) + redis.call('ZCARD', KEYS[i + 2])
  if ready > 0 then redis.call('ZADD', KEYS[i + 4], 0, '0') end
  -- BullMQ keeps the time, in ms, in front of 12 bits that number the jobs of the same time.
  local score = redis.call('ZRANGE', KEYS[i + 3], 0, 0, 'WITHSCORES')[2]
  if score and score / 4096 < soon then redis.call('ZADD', KEYS[i + 4], score / 4096, '1') end
  table.insert(loads, redis.call('LLEN', KEYS[i]))
  table.insert(loads, ready + redis.call('ZCARD', KEYS[i + 3]))
end
return loads
`)

/** Reads how many jobs each queue has, in one command, and wakes workers that wait although there are jobs. */
export async function readLoads(
  redis: RedisClient,
  prefix: string,
  queues: readonly string[],
): Promise<Load[]> {
  const lists = ['active', 'wait', 'prioritized', 'delayed', 'marker']
  const keys = queues.flatMap(name => lists.map(list => `${prefix}:${name}:${list}`))
  const counts = (await runScript(redis, READ_LOADS, keys, [])) as number[]
  return queues.map((_, index) => ({
    active: counts[2 * index] ?? 0,
    waiting: counts[2 * index + 1] ?? 0,
  }))
}
