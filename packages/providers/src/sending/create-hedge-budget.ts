/** Extra pushes that are allowed at any time, so that the first stuck push of a quiet hour is not left alone. */
const FIRST_FEW = 2
/** One push in this many earns a further one. */
const ONE_IN = 25
/** After this long without any answer the provider is probed with one more extra push a second. */
const SILENCE_MS = 4_000
const PROBE_INTERVAL_MS = 1_000
/** A push is late when it is unanswered for this many times as long as answers take at present. */
const LATE = 2
/** A push that is unanswered for this long is late in any case: a ring must be on its way within 3 s. */
const LATE_MS = 2_000
/** How fast slow answers are forgotten: the weight of the newest one. */
const NEWEST = 0.1

/**
 * Decides which unanswered pushes are sent a second time. A connection that is stuck is a reason. A provider that is merely slow
 * is not: every call would be pushed to it twice.
 */
export interface HedgeBudget {
  /** Counts a push. */
  pushed(): void
  /**
   * A push ended: its first attempt was answered after this time, or (undefined) it was not.
   *
   * @param wasHedged whether it was sent a second time
   */
  ended(firstAnsweredAfterMs: number | undefined, wasHedged?: boolean): void
  /**
   * Returns whether a push may be sent a second time.
   *
   * @param unansweredMs how long it has been without an answer
   */
  take(unansweredMs: number): boolean
  /** A second attempt did not leave after all, or was refused for now. */
  giveBack(): void
  /**
   * A second attempt was answered although the first one still is not, so a connection is stuck. Twice as many pushes may
   * now be sent again at once, until one of them turns out to have been unnecessary.
   */
  won(): void
}

/** @param clock epoch ms */
export function createHedgeBudget(clock: () => number): HedgeBudget {
  let most = FIRST_FEW
  let credit = most
  let open = 0
  let answerMs = 0
  let heardAt = clock()
  let takenAt = Number.NEGATIVE_INFINITY
  const earn = (amount: number) => {
    credit = Math.min(most, credit + amount)
  }

  return {
    pushed() {
      // A provider that was not asked was not silent.
      if (open === 0) heardAt = clock()
      open += 1
      earn(1 / ONE_IN)
    },
    ended(afterMs, wasHedged = false) {
      open -= 1
      if (afterMs === undefined) return
      if (wasHedged) {
        // The second attempt was unnecessary.
        most = FIRST_FEW
        credit = Math.min(credit, most)
      }
      heardAt = clock()
      answerMs = Math.max(afterMs, answerMs + NEWEST * (afterMs - answerMs))
    },
    take(unansweredMs) {
      const now = clock()
      const isProbe = now - heardAt >= SILENCE_MS && now - takenAt >= PROBE_INTERVAL_MS
      if (!isProbe && (credit < 1 || unansweredMs < Math.min(LATE * answerMs, LATE_MS))) return false
      takenAt = now
      credit = Math.max(0, credit - 1)
      return true
    },
    giveBack: () => earn(1),
    won() {
      heardAt = clock()
      most *= 2
      credit = most
    },
  }
}
