export interface Delays {
  /** Does it after so many ms; at once for 0. */
  after(ms: number, act: () => void): void
  /** Forgets what is still to come. */
  clear(): void
}

/** Answers that are due later, none of which outlives its server. */
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
