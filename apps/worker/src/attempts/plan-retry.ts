import type { Retryable } from '@ringer/providers/senders'

export type RetryPlan = { retry: true; at: number } | { retry: false }

const FIRST_BACKOFF_MS = 250
const LONGEST_BACKOFF_MS = 4_000
/** By then a worker that cannot reach the provider has left its queue to the others. */
const HAND_OVER_MS = 250

/**
 * Decides whether and when a failed attempt is repeated. A pure function: everything that it depends on is an argument.
 *
 * | the attempt                                                | next attempt                                    |
 * |------------------------------------------------------------|-------------------------------------------------|
 * | its provider is being left alone, the first two attempts   | after 250 ms: another worker may reach it       |
 * | its provider is being left alone, later                    | when that is over; an alert: see below          |
 * | provably not processed, the first three attempts           | at once                                         |
 * | provably not processed, later; or 429, 500, 503            | after 250 ms, 500 ms, 1 s, 2 s, 4 s, 4 s, …     |
 * | with a Retry-After                                         | after it has passed                             |
 * | may have been delivered (time-out, lost stream)            | after the same backoff, with the same ids       |
 * | any of these, and the next attempt would miss the deadline | never: a late ring is worse than none           |
 *
 * It is never called for final outcomes (accepted, unregistered, rejected). A push that may wait longer than a ring also
 * backs off while its provider is being left alone: thousands of alerts that ask every second whether it is back would
 * keep Redis busy.
 *
 * @param failed the attempt's outcome
 * @param attempt its number, from 1
 * @param now epoch ms
 * @param deadline epoch ms; no attempt starts at it or after it
 * @param longestMs the longest backoff; a push that need not arrive within seconds can wait for more than 4 s
 */
export function planRetry(
  failed: Retryable,
  attempt: number,
  now: number,
  deadline: number,
  longestMs = LONGEST_BACKOFF_MS,
): RetryPlan {
  const at = now + delayMs(failed, attempt, longestMs)
  return at < deadline ? { retry: true, at } : { retry: false }
}

function delayMs({ delivered, status, retryAfterMs }: Retryable, attempt: number, longestMs: number): number {
  const mayWait = longestMs > LONGEST_BACKOFF_MS
  if (delivered === 'no' && status === undefined) {
    // Without an answer, only the sending line says how long to wait.
    const isHeldBack = retryAfterMs !== undefined
    if (isHeldBack && !mayWait) return attempt <= 2 ? Math.min(HAND_OVER_MS, retryAfterMs) : retryAfterMs
    if (!isHeldBack && attempt <= 3) return 0
  }
  const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (attempt - 1), longestMs)
  return Math.max(backoffMs, retryAfterMs ?? 0)
}
