import type { OutageLog } from '@ringer/service'
import { type RedisClient, readLoads } from '@ringer/store'
import type { RunningQueue } from './run-queue.ts'

const INTERVAL_MS = 900

/**
 * Asks how many jobs the queues have, in one command for all, and tells each queue. So an idle worker sends one command a
 * second for its stalled checks instead of one for each queue.
 *
 * @returns what ends it
 */
export function watchQueues(
  redis: RedisClient,
  prefix: string,
  queues: readonly RunningQueue[],
  redisOutage: OutageLog,
): { close(): void } {
  const names = queues.map(({ name }) => name)
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  const look = async () => {
    try {
      const loads = await readLoads(redis, prefix, names)
      await Promise.all(loads.map((load, index) => queues[index]?.notice(load)))
      redisOutage.worked()
    } catch (error) {
      redisOutage.failed(error instanceof Error ? error.message : String(error))
    }
    if (!isClosed) timer = setTimeout(look, INTERVAL_MS).unref()
  }
  void look()
  return {
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
