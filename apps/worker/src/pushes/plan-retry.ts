import type { Retryable } from './outcome.ts'

export type RetryPlan = { retry: true; at: number } | { retry: false }

const FIRST_BACKOFF_MS = 250
const LONGEST_BACKOFF_MS = 4_000

/**
 * Decides when a failed attempt is made again, if at all. Pure: everything it depends on is given.
 *
 * | the attempt                                                | next attempt                                    |
 * |------------------------------------------------------------|-------------------------------------------------|
 * | held back, for its provider is being left alone            | when that is over; what may wait, see below     |
 * | provably not processed, the first three attempts           | at once                                         |
 * | provably not processed, later; or 429, 500, 503            | after 250 ms, 500 ms, 1 s, 2 s, 4 s, 4 s, …     |
 * | with a Retry-After                                         | not before it has passed                        |
 * | may have been delivered (time-out, lost stream)            | after the same backoff, with the same ids       |
 * | any of these, and the next attempt would miss the deadline | never: a late ring is worse than none           |
 *
 * Refused for good, unregistered and accepted never come here. What may wait longer than a ring backs off when it is held
 * back, too: thousands of notifications that ask once a second whether their provider is back keep Redis busy.
 *
 * @param failed the attempt's outcome
 * @param attempt its number, from 1
 * @param now epoch ms
 * @param deadline epoch ms; no attempt starts at it or after it
 * @param longestMs the longest backoff; what need not arrive within seconds can wait for more than 4 s
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
    // Only who did not ask the provider knows without an answer how long to wait.
    const isHeldBack = retryAfterMs !== undefined
    if (isHeldBack && !mayWait) return retryAfterMs
    if (!isHeldBack && attempt <= 3) return 0
  }
  const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (attempt - 1), longestMs)
  return Math.max(backoffMs, retryAfterMs ?? 0)
}
