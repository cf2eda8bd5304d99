/**
 * Delays that the checker does not count as violations, in ms: what a loaded machine, the network or the documented recovery
 * may take. The deadline itself is never extended.
 */
export const ALLOWED_MS = {
  /** From the start of an attempt until the stand-in has its headers, including the TLS handshake. */
  transport: 1_500,
  /** How far a process may be from Redis's time: it knows it no better than to half a slow round trip. */
  clock: 300,
  /** From the answer 200 to a webhook or a registration until pushes take it into account. */
  settling: 1_500,
  /** How long everything must have been healthy before a missing ring counts as lost. */
  health: 8_000,
  /** Added for each further worker that is killed or frozen in that time: another worker has to take over its jobs. */
  recovery: 5_000,
  /** From the claim of a ring until its phones are looked up, even if its worker is killed in between, twice. */
  lookingUp: 15_000,
  /** A worker renews its lock at half its time. After a longer absence of Redis, the lock may have expired. */
  leastLock: 1_250,
  /** How long it takes to read and record an answer. */
  recording: 1_000,
  /** After how long without an answer a second attempt may start: 1 s, less what the first one took to arrive. */
  hedgeAfter: 900,
  /** How long an attempt that gets no answer may delay the next one. */
  attempt: 3_000,
  /** When firebase-admin has ended an attempt without an answer, and the next one may start. */
  fcmAttempt: 17_000,
  /** The longest Retry-After in the plan. */
  retryAfter: 5_000,
}

/** How many commands of Redis may lie between the answer to a webhook and its effect, one after the other. */
export const ALLOWED_ROUND_TRIPS = 5
