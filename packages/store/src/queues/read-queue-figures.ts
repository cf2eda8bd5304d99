import type { RedisClient } from '../redis/connect.ts'
import { alertQueueName, CALLS, GROUPS, pushQueueName } from './names.ts'
import { readBacklog } from './read-backlog.ts'
import { type Load, readLoads } from './read-loads.ts'

/** The names of all queues. */
export const allQueues = (providers: readonly string[]): string[] => [
  CALLS,
  GROUPS,
  ...providers.flatMap(name => [pushQueueName(name), alertQueueName(name)]),
]

/**
 * Reads how many jobs each queue has, and how long the oldest one that is due has waited, in ms.
 *
 * @param now epoch ms
 */
export async function readQueueFigures(
  redis: RedisClient,
  prefix: string,
  queues: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, Load & { oldestMs: number }>> {
  const [loads, ages] = await Promise.all([
    readLoads(redis, prefix, queues),
    readBacklog(redis, prefix, queues, now),
  ])
  const none = { active: 0, waiting: 0 }
  return new Map(
    queues.map((name, index) => [name, { ...(loads[index] ?? none), oldestMs: ages[name] ?? 0 }]),
  )
}
