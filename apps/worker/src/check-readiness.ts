import { type Checks, within } from '@ringer/service'
import type { Probe } from '@ringer/store'
import type { RingerWorker } from './app.ts'

const REDIS_LIMIT_MS = 500

/** A call that nobody has looked at for this long rings late, or not at all. */
export const BACKLOG_LIMIT_MS = 10_000

/**
 * Whether a worker can do its work and keeps up with it: Redis takes what it writes, it consumes its queues, and no job
 * that is due waits long for any worker.
 */
export async function checkReadiness(
  worker: Pick<RingerWorker, 'isRunning' | 'readBacklog'>,
  takesWrites: Probe,
): Promise<Checks> {
  const redis = (await takesWrites(REDIS_LIMIT_MS)) || `Redis takes no writes within ${REDIS_LIMIT_MS} ms`
  const queues = worker.isRunning() || 'a queue is not being consumed'
  // What waits for a Redis that is away would be kept until it is back, once for each time that somebody asks.
  if (redis !== true) return { redis, queues }
  const backlog = await within(REDIS_LIMIT_MS, worker.readBacklog())
  if (!backlog.done) return { redis, queues, backlog: `the queues cannot be read: ${backlog.reason}` }
  const oldestMs = backlog.value
  const ready = Object.values(oldestMs).every(age => age <= BACKLOG_LIMIT_MS)
  return { redis, queues, backlog: { ready, oldestMs } }
}
