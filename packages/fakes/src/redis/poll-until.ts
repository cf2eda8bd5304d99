import { setTimeout as pause } from 'node:timers/promises'

/** Polls until the condition is true. Rejects after `limitMs`, and names what it waited for. */
export async function pollUntil(what: string, limitMs: number, isMet: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + limitMs
  while (!(await isMet().catch(() => false))) {
    if (performance.now() > limit) throw new Error(`${what}: not within ${limitMs} ms`)
    await pause(50)
  }
}
