const WINDOW_MS = 10 * 60_000
const ALWAYS_ALLOWED = 20

/** Limits how many devices are deleted at once, so that a mistake of ours or a provider's does not delete all tokens. */
export interface DeletionGuard {
  /** A provider accepted a push. */
  accepted(): void
  /** A provider reported a token as dead. Returns whether the device may be deleted. */
  mayForget(): boolean
}

/**
 * Within ten minutes, at most twenty tokens are deleted, or as many as were accepted, whichever is more. Tokens die one by
 * one, as apps are removed. If most tokens that are rung seem dead at once, the reports are wrong: a key of another team, a
 * project that was moved, an outage at the provider. A dead token that is kept costs one push per call.
 *
 * @param alwaysAllowed how many may be deleted although no push was accepted. Default: twenty
 */
export function createDeletionGuard(clock: () => number, alwaysAllowed = ALWAYS_ALLOWED): DeletionGuard {
  let windowStartedAt = clock()
  let accepted = 0
  let forgotten = 0

  function startWindowIfOver() {
    if (clock() - windowStartedAt < WINDOW_MS) return
    windowStartedAt = clock()
    accepted = 0
    forgotten = 0
  }

  return {
    accepted() {
      startWindowIfOver()
      accepted += 1
    },
    mayForget() {
      startWindowIfOver()
      if (forgotten >= Math.max(alwaysAllowed, accepted)) return false
      forgotten += 1
      return true
    },
  }
}
