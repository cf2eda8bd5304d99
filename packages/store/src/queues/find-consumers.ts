import type { RedisClient } from '../redis/connect.ts'
import { runScript, script } from '../redis/run-script.ts'

/**
 * Whether workers consume a queue. `busy`: jobs are in the hands of workers, but none was waiting for a further one; either they
 * have no room, or they died a moment ago.
 */
export type Consumption = 'consumed' | 'busy' | 'unused'

/** The marker of jobs that may be taken now. BullMQ's workers wait for it with BZPOPMIN. */
const MARKER = '0'

/** KEYS marker of each queue. */
const OFFER = script(`
for _, key in ipairs(KEYS) do redis.call('ZADD', key, 0, '${MARKER}') end
`)

/** KEYS marker of each queue. Returns for each 1 if the marker is still there. */
const LOOK = script(`
local left = {}
for i, key in ipairs(KEYS) do left[i] = redis.call('ZSCORE', key, '${MARKER}') and 1 or 0 end
return left
`)

/**
 * Removes the marker where it says nothing: where no job can be taken.
 *
 * KEYS marker, wait, prioritized, active of each queue
 * Returns the number of jobs of each queue that are in the hands of workers.
 */
const WITHDRAW = script(`
local active = {}
for i = 1, #KEYS, 4 do
  if redis.call('LLEN', KEYS[i + 1]) + redis.call('ZCARD', KEYS[i + 2]) == 0 then redis.call('ZREM', KEYS[i], '${MARKER}') end
  table.insert(active, redis.call('LLEN', KEYS[i + 3]))
end
return active
`)

/** A worker that waits for jobs takes a marker at once. One that has just handled a job waits again within milliseconds. */
const LOOK_EVERY_MS = 50

/**
 * Finds out whether workers consume these queues, by offering each queue a marker as a new job does, and watching whether a worker
 * takes it. A worker that finds no job behind it waits for the next one. Needs no other permission than Ringer itself, while
 * BullMQ's own count of workers needs CLIENT LIST.
 *
 * @param queues only queues whose workers wait for jobs all the time: those of alerts are left while they are empty
 * @param limitMs how long to wait for a worker
 */
export async function findConsumers(
  redis: RedisClient,
  prefix: string,
  queues: readonly string[],
  limitMs = 2_000,
): Promise<ReadonlyMap<string, Consumption>> {
  const keysOf = (name: string, lists: readonly string[]) => lists.map(list => `${prefix}:${name}:${list}`)
  const markers = queues.flatMap(name => keysOf(name, ['marker']))
  const taken = new Set<string>()
  await runScript(redis, OFFER, markers, [])
  const endsAt = performance.now() + limitMs
  while (taken.size < queues.length && performance.now() < endsAt) {
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
    const left = (await runScript(redis, LOOK, markers, [])) as number[]
    for (const [index, name] of queues.entries()) if (left[index] === 0) taken.add(name)
  }
  const lists = queues.flatMap(name => keysOf(name, ['marker', 'wait', 'prioritized', 'active']))
  const active = (await runScript(redis, WITHDRAW, lists, [])) as number[]
  const consumptionOf = (name: string, index: number): Consumption => {
    if (taken.has(name)) return 'consumed'
    return (active[index] ?? 0) > 0 ? 'busy' : 'unused'
  }
  return new Map(queues.map((name, index) => [name, consumptionOf(name, index)]))
}
