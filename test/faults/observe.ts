import { setTimeout as pause } from 'node:timers/promises'

/** What was answered, and how long it took at most. */
export interface Observed {
  statuses: number[]
  longestMs: number
}

/** Asks again and again while something happens, from before it begins until after it ended. */
export async function observe(
  ask: () => Promise<number>,
  whatHappens: () => Promise<unknown>,
): Promise<Observed> {
  const observed: Observed = { statuses: [], longestMs: 0 }
  let over = false
  const asking = (async () => {
    do {
      const startedAt = performance.now()
      observed.statuses.push(await ask())
      observed.longestMs = Math.max(observed.longestMs, performance.now() - startedAt)
      await pause(20)
    } while (!over)
  })()
  try {
    await Promise.race([whatHappens(), asking])
  } finally {
    over = true
    await asking
  }
  return observed
}

export const readiness = async (url: string) => (await fetch(new URL('/health/ready', url))).status

/** What a process says of its readiness, check by check. */
export const health = async (url: string): Promise<unknown> =>
  (await fetch(new URL('/health/ready', url))).json()
