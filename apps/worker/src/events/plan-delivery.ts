const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** After each failure. An event is sent at most nine times, within eight hours. */
const DELAYS_MS = [
  ...[5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS],
  ...[HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS],
]

/** Events that failed together do not come back together. */
const SPREAD = 0.1

/**
 * Says when an event that was not delivered is sent again.
 *
 * @param failures how often it was not delivered, from 1
 * @param retryAfterMs what the receiver asked for; used up to four hours, if it is longer than the plan's own delay
 * @returns the delay in ms, or undefined if the event is given up
 */
export function planDelivery(failures: number, retryAfterMs = 0, random = Math.random): number | undefined {
  const delay = DELAYS_MS[failures - 1]
  if (delay === undefined) return undefined
  return Math.round(Math.max(delay, Math.min(retryAfterMs, 4 * HOUR_MS)) * (1 + SPREAD * random()))
}
