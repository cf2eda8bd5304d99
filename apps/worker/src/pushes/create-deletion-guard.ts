const WINDOW_MS = 10 * 60_000
const ALWAYS_ALLOWED = 20

/** Stops a sudden mass of deletions: a mistake of ours or of a provider's must not cost everybody's tokens. */
export interface DeletionGuard {
  accepted(): void
  /** A provider reported a token dead. Returns whether the device may be forgotten for it. */
  mayForget(): boolean
}

/**
 * Within ten minutes, at most twenty tokens are forgotten, or as many as were accepted, whichever is more. Tokens die one
 * by one, as apps are removed; where most of those that are rung are dead at once, it is the report that is wrong: a key of
 * another team, a project that was moved, a provider's bad day. A dead token that is kept costs one push a call.
 */
export function createDeletionGuard(clock: () => number): DeletionGuard {
  let began = clock()
  let accepted = 0
  let forgotten = 0

  function look() {
    if (clock() - began < WINDOW_MS) return
    began = clock()
    accepted = 0
    forgotten = 0
  }

  return {
    accepted() {
      look()
      accepted += 1
    },
    mayForget() {
      look()
      if (forgotten >= Math.max(ALWAYS_ALLOWED, accepted)) return false
      forgotten += 1
      return true
    },
  }
}
