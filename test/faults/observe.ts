import { setTimeout as pause } from 'node:timers/promises'

/** All answers, and the longest time that one took, without the time in which this process got no turn on its machine. */
export interface Observed {
  statuses: number[]
  longestMs: number
}

const TICK_MS = 10

/** Measures for how long in all this process was late for its timers. On a busy machine, that is for seconds. */
function startStallClock() {
  let stalledMs = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    stalledMs += Math.max(0, now - last - TICK_MS)
    last = now
  }, TICK_MS)
  return { stalledMs: () => stalledMs, stop: () => clearInterval(timer) }
}

/** Asks repeatedly while something happens, from before it begins until after it has ended. */
export async function observe(
  ask: () => Promise<number>,
  whatHappens: () => Promise<unknown>,
): Promise<Observed> {
  const observed: Observed = { statuses: [], longestMs: 0 }
  let over = false
  const { stalledMs, stop } = startStallClock()
  const askOnce = async () => {
    const startedAt = performance.now() - stalledMs()
    observed.statuses.push(await ask())
    observed.longestMs = Math.max(observed.longestMs, performance.now() - stalledMs() - startedAt)
  }
  // On a busy machine, what happens may be over before the first answer.
  await askOnce()
  const asking = (async () => {
    while (!over) {
      await askOnce()
      await pause(20)
    }
  })()
  try {
    await Promise.race([whatHappens(), asking])
  } finally {
    over = true
    await asking.finally(stop)
  }
  return observed
}

export const readiness = async (url: string) => (await fetch(new URL('/health/ready', url))).status

/** The readiness of a process, check by check. */
export const health = async (url: string): Promise<unknown> =>
  (await fetch(new URL('/health/ready', url))).json()
