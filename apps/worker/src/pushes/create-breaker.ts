const FAILURES = 5
const REST_MS = 1_000

/** Leaves a provider alone that does not answer at all. */
export interface Breaker {
  /**
   * How long an attempt should hold off, ms; 0: make it. Holds nothing off that could not be made before its deadline
   * (epoch ms) any more.
   */
  restMs(deadline: number): number
  answered(): void
  /** An attempt came back without any answer. */
  failed(): void
}

/**
 * After five attempts in a row without an answer, one attempt a second is let through to see whether the provider is
 * back; the others are put off until that one is known to have failed or not. Any answer, a refusal too, ends it.
 */
export function createBreaker(clock: () => number): Breaker {
  let failures = 0
  let nextProbeAt = 0
  return {
    restMs(deadline) {
      if (failures < FAILURES) return 0
      const now = clock()
      if (nextProbeAt > now && nextProbeAt < deadline) return nextProbeAt - now
      nextProbeAt = now + REST_MS
      return 0
    },
    answered() {
      failures = 0
    },
    failed() {
      failures += 1
      if (failures === FAILURES) nextProbeAt = clock() + REST_MS
    },
  }
}
