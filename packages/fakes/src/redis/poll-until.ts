import { setTimeout as pause } from 'node:timers/promises'

/** Asks again and again until it is so; rejects after `limitMs` with what was waited for. */
export async function pollUntil(what: string, limitMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + limitMs
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > limit) throw new Error(`${what}: not within ${limitMs} ms`)
    await pause(50)
  }
}
