import type { OutageLog } from '@ringer/service'
import { type RedisClient, removeOldFailures } from '@ringer/store'

/** Old enough to go means gone within a minute, also if one attempt fails. Costs an idle worker two commands a minute. */
const INTERVAL_MS = 30_000

/**
 * Removes failed jobs when they are old, because BullMQ would keep them until another job fails. Several workers may do so at
 * the same time: each command removes what is left.
 *
 * @param options.keptMs how long a failed job is kept
 * @param options.everyMs how often to look. Default: 30 s
 * @returns what ends it
 */
export function removeFailuresInTime(options: {
  redis: RedisClient
  prefix: string
  queues: readonly string[]
  keptMs: number
  everyMs?: number | undefined
  clock: () => number
  redisOutage: OutageLog
}): { close(): void } {
  const { redis, prefix, queues, keptMs, everyMs = INTERVAL_MS, clock, redisOutage } = options
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  const remove = async () => {
    try {
      await removeOldFailures(redis, prefix, queues, clock() - keptMs)
    } catch (error) {
      redisOutage.failed(error instanceof Error ? error.message : String(error))
    }
    if (!isClosed) timer = setTimeout(remove, everyMs).unref()
  }
  void remove()
  return {
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
