import type { RedisClient } from './connect.ts'
import { runScript, script } from './run-script.ts'

/** The clock of Redis, which all processes share. */
export interface RedisClock {
  /** Returns the time by Redis's clock, epoch ms. Before the first measurement: the time by this process's own clock. */
  now: () => number
  /** How far this process's own clock is ahead of Redis's, ms. Negative if it is behind. */
  offsetMs: () => number
  /** Whether Redis's clock has been read at least once. */
  isMeasured: () => boolean
  /** Resolves when Redis's clock has been read once. */
  measured: Promise<void>
  close(): void
}

const INTERVAL_MS = 10_000
/** Until the clock is known well enough. */
const RETRY_MS = 200
/** A measurement that took longer may be wrong by half of this. It is used, and repeated soon. */
const COARSE_MS = 500
/**
 * A busy process measures slowly at its start, and its times would disagree with those of others by some 100 ms. So it tries for a
 * while to know the clock this well. Redis may be too far away for that.
 */
const FINE_MS = 20
const FINE_TRIES = 25

/** A plain TIME is sent to any node of a Cluster. This script runs on the node that holds Ringer's keys. */
const READ_TIME = script("return redis.call('TIME')")

/**
 * Creates a clock that follows Redis's: it reads TIME at each connect and every few seconds. While Redis is away, the clock
 * runs on with the last offset.
 *
 * Between two measurements the time comes from the monotonic clock of the machine, so a step of the machine's own clock
 * changes nothing.
 *
 * @param prefix the prefix of all keys
 */
export function createRedisClock(
  redis: RedisClient,
  prefix: string,
  { intervalMs = INTERVAL_MS, ownClock = Date.now }: { intervalMs?: number; ownClock?: () => number } = {},
): RedisClock {
  /** Redis's time when the monotonic clock was 0. */
  let origin = ownClock() - performance.now()
  let isMeasured = false
  /** Within which range Redis's clock is known, ms. */
  let uncertainty = Number.POSITIVE_INFINITY
  const first = Promise.withResolvers<void>()

  /**
   * Redis read its clock at some instant between the question and the answer, so each measurement gives a range. A value
   * outside of the range is moved to its nearest end. So a slow round trip never spoils the result of a fast one.
   */
  const measure = async () => {
    const askedAt = performance.now()
    const answer = await runScript(redis, READ_TIME, [`${prefix}:clock`], [])
    const answeredAt = performance.now()
    const [seconds, microseconds] = answer as [string, string]
    const time = Number(seconds) * 1_000 + Number(microseconds) / 1_000
    const [lowest, highest] = [time - answeredAt, time - askedAt]
    origin = isMeasured ? Math.min(Math.max(origin, lowest), highest) : (lowest + highest) / 2
    uncertainty = Math.min(uncertainty, highest - lowest)
    isMeasured = true
    first.resolve()
  }

  // A connection that was lost is measured again when it is back.
  const tryToMeasure = () => measure().catch(() => {})
  redis.on('ready', tryToMeasure)
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let tries = 0
  const repeat = async () => {
    if (redis.status === 'ready') await tryToMeasure()
    if (isMeasured) tries += 1
    const isKnown = uncertainty <= (tries < FINE_TRIES ? FINE_MS : COARSE_MS)
    if (!isClosed) timer = setTimeout(repeat, isKnown ? intervalMs : Math.min(RETRY_MS, intervalMs)).unref()
  }
  void repeat()

  const now = () => Math.round(origin + performance.now())
  return {
    now,
    offsetMs: () => ownClock() - now(),
    isMeasured: () => isMeasured,
    measured: first.promise,
    close() {
      isClosed = true
      clearTimeout(timer)
      redis.off('ready', tryToMeasure)
    },
  }
}
