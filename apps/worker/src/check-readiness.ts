import { type Checks, within } from '@ringer/service'
import type { RedisCheck } from '@ringer/store'
import type { RingerWorker } from './create-worker.ts'

const REDIS_LIMIT_MS = 500

/** A call that has waited for a worker this long rings late or not at all. */
export const BACKLOG_LIMIT_MS = 10_000

/**
 * Checks whether a worker can do its work and keeps up with it: Redis accepts writes and drops none, the worker consumes its
 * queues, and no job that is due waits long for any worker. A provider that it cannot reach is reported; the worker stays ready,
 * however long jobs wait there, because it leaves that provider's queues to other workers and a restart would not help.
 *
 * @param worker undefined until Redis is up for the first time
 */
export async function checkReadiness(
  worker: Pick<RingerWorker, 'isRunning' | 'readBacklog' | 'pausedQueues'> | undefined,
  checkRedis: RedisCheck,
): Promise<Checks> {
  const redis = await checkRedis(REDIS_LIMIT_MS)
  const paused = worker?.pausedQueues() ?? []
  const isRunning = worker?.isRunning() || 'a queue is not being consumed'
  const queues =
    isRunning === true && paused.length > 0
      ? { ready: true, leftToOthers: paused, because: 'their provider cannot be reached from here' }
      : isRunning
  // A command to a Redis that is down is kept until it is back. Every readiness request would add another one.
  if (redis !== true || !worker) return { redis, queues }
  const backlog = await within(REDIS_LIMIT_MS, worker.readBacklog())
  if (!backlog.done) return { redis, queues, backlog: `the queues cannot be read: ${backlog.reason}` }
  const oldestMs = backlog.value
  const ready = Object.entries(oldestMs).every(
    ([name, age]) => age <= BACKLOG_LIMIT_MS || paused.includes(name),
  )
  return { redis, queues, backlog: { ready, oldestMs } }
}
