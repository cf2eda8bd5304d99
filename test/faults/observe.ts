import { setTimeout as pause } from 'node:timers/promises'

/** All answers, and the longest time that one took. */
export interface Observed {
  statuses: number[]
  longestMs: number
}

/** Asks repeatedly while something happens, from before it begins until after it has ended. */
export async function observe(
  ask: () => Promise<number>,
  whatHappens: () => Promise<unknown>,
): Promise<Observed> {
  const observed: Observed = { statuses: [], longestMs: 0 }
  let over = false
  const askOnce = async () => {
    const startedAt = performance.now()
    observed.statuses.push(await ask())
    observed.longestMs = Math.max(observed.longestMs, performance.now() - startedAt)
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
    await asking
  }
  return observed
}

export const readiness = async (url: string) => (await fetch(new URL('/health/ready', url))).status

/** The readiness of a process, check by check. */
export const health = async (url: string): Promise<unknown> =>
  (await fetch(new URL('/health/ready', url))).json()
