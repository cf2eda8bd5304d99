/** Attempts in a row without an answer after which a provider is probed. */
const FAILURES = 5
/** How long to wait after a probe that failed before the next one starts. */
export const PROBE_INTERVAL_MS = 1_000

/** Whether a provider can be reached from here. While it cannot, nothing is sent but one probe at a time. */
export interface Reach {
  /** Whether a probe has shown that the provider is out of reach. */
  isDown(): boolean
  /** Whether pushes may be sent: the provider is not down, and is not suspected to be. */
  isOpen(): boolean
  /** The provider answered an attempt, with any answer. */
  answered(): void
  /** An attempt ended without an answer. After five in a row the provider is suspected. */
  failed(): void
  /** Nobody knows whether the provider can be reached, so it is probed before the next push. */
  suspect(): void
  /** The provider is out of reach: an attempt to connect has shown it. */
  goDown(): void
  /** Ends the probing. */
  close(): void
}

/**
 * @param options.probe asks the provider, without a push, whether it can be reached again. Never rejects
 * @param options.onDown called when a probe shows that the provider is out of reach
 * @param options.onUp called when a probe shows that it can be reached
 */
export function createReach(options: {
  probe: () => Promise<boolean>
  onDown: () => void
  onUp: () => void
}): Reach {
  const { probe, onDown, onUp } = options
  let failures = 0
  let isDown = false
  let isSuspected = false
  let isClosed = false
  let timer: NodeJS.Timeout | undefined

  async function probeUntilUp() {
    const isUp = await probe()
    if (isClosed) return
    if (isUp) {
      failures = 0
      isDown = false
      isSuspected = false
      onUp()
      return
    }
    markDown()
    timer = setTimeout(probeUntilUp, PROBE_INTERVAL_MS).unref()
  }

  function markDown() {
    if (isDown) return
    isDown = true
    onDown()
  }

  function suspect() {
    if (isSuspected || isClosed) return
    isSuspected = true
    void probeUntilUp()
  }

  return {
    isDown: () => isDown,
    isOpen: () => !isSuspected,
    answered() {
      failures = 0
    },
    failed() {
      failures += 1
      if (failures >= FAILURES) suspect()
    },
    suspect,
    goDown() {
      if (isClosed) return
      markDown()
      if (isSuspected) return
      isSuspected = true
      timer = setTimeout(probeUntilUp, PROBE_INTERVAL_MS).unref()
    },
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
