import { LRUCache } from 'lru-cache'

/** Counts things by key within a window of time, for example the failures of an address within a minute. */
export interface Counts {
  /** Counts one more. Returns how long to wait if that is too many, in ms, otherwise 0. */
  add(key: string): number
  /** How long to wait before one more would be allowed, ms. 0 if one more is allowed now. */
  waitOf(key: string): number
}

export interface CountOptions {
  /** How many are allowed within a window. */
  limit: number
  windowMs: number
  /** Returns epoch ms. */
  clock: () => number
}

/** About 2 MB. */
const MAX_KEYS = 10_000

/**
 * Creates counts in memory, for this process only. A key's window begins with the first count. The least recently used of
 * more than 10,000 keys are forgotten: a flood from more addresses than that costs no more memory.
 */
export function createCounts({ limit, windowMs, clock }: CountOptions): Counts {
  const windows = new LRUCache<string, { count: number; endsAt: number }>({
    // With `max`, the cache would take its memory, and a millisecond, at once.
    ...{ maxSize: MAX_KEYS, sizeCalculation: () => 1, ttl: windowMs, ttlResolution: 0 },
    perf: { now: clock },
  })
  return {
    add(key) {
      const window = windows.get(key) ?? { count: 0, endsAt: clock() + windowMs }
      if (window.count === 0) windows.set(key, window)
      window.count += 1
      return window.count > limit ? Math.max(1, window.endsAt - clock()) : 0
    },
    waitOf(key) {
      const window = windows.get(key)
      return window && window.count >= limit ? Math.max(1, window.endsAt - clock()) : 0
    },
  }
}
