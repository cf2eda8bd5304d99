export interface Delays {
  /** Runs the function after this many ms, or at once for 0. */
  after(ms: number, act: () => void): void
  /** Cancels everything that has not run yet. */
  clear(): void
}

/** Schedules delayed answers, which are cancelled when their server closes. */
export function createDelays(): Delays {
  const timers = new Set<NodeJS.Timeout>()
  return {
    after(ms, act) {
      if (ms <= 0) return act()
      const timer = setTimeout(() => {
        timers.delete(timer)
        act()
      }, ms)
      timers.add(timer)
    },
    clear() {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
    },
  }
}
