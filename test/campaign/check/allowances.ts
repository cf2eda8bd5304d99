/**
 * What the checker forgives, in ms: each is a time that a loaded machine, a wire or the documented recovery may take.
 * The promise itself, the deadline, is never moved.
 */
export const allow = {
  /** From where an attempt starts to where the stand-in has its headers, TLS handshake included. */
  transport: 1_500,
  /** From the answer 200 to a webhook or registration until the pushes go by it. */
  settling: 1_500,
  /** So long everything must have been well for a phone to be owed its ring. */
  health: 8_000,
  /** By so much more for each worker beyond the first that was killed or frozen meanwhile: until another has its jobs. */
  recovery: 5_000,
  /** From where a ring is claimed until its phones are looked up, though its worker be killed in between, and again. */
  lookingUp: 15_000,
  /** A worker's lock is renewed at half time: away for longer than this, Redis may find it expired. */
  leastLock: 1_250,
  /** An answer is read and recorded in so long. */
  recording: 1_000,
  /** The longest delay that the plan orders of a stand-in. */
  delayedAnswer: 1_200,
  /** Google's and Apple's limits of an attempt. */
  attempt: 3_000,
  /** The longest Retry-After in the plan. */
  retryAfter: 5_000,
}
