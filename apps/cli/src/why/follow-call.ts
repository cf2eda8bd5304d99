import { setTimeout as pause } from 'node:timers/promises'
import { printStep } from '@ringer/diagnosis'
import type { OpenLookup } from './looked-up.ts'

const INTERVAL_MS = 200

/** Whether nothing more will happen to the phones of the call. */
const open = new Set(['waiting', 'waiting-for-provider', 'in-flight', 'retrying', 'no-worker', 'unknown'])

/** Whether a phone was rung. */
const rang = new Set(['shown', 'accepted'])

/** How long to wait for a call that nobody has heard of, ms. */
const UNHEARD_OF_MS = 5_000

/**
 * Prints the steps of a call as they happen, until every phone has a verdict, and then the call. The exit code is 0 if a phone was
 * rung.
 */
export async function followCall(lookup: OpenLookup, sessionId: string, asJson: boolean): Promise<number> {
  const startedAt = performance.now()
  let printed = 0
  for (;;) {
    const { view, text, isKnown } = await lookup.find(sessionId)
    if (!asJson) for (const step of view.timeline.slice(printed)) process.stdout.write(`${printStep(step)}\n`)
    printed = Math.max(printed, view.timeline.length)
    const phones = view.rings.flatMap(({ devices, verdict, state }) =>
      (devices.length > 0 ? devices : [{ verdict }]).map(({ verdict: { code } }) => ({ code, state })),
    )
    const isOpen =
      phones.length === 0
        ? open.has(view.verdict.code)
        : phones.some(
            ({ code, state }) => open.has(code) || (code === 'no-worker-for-provider' && state === 'ringing'),
          )
    const isUnheardOf = !isKnown && performance.now() - startedAt > UNHEARD_OF_MS
    if (!isOpen || isUnheardOf) {
      process.stdout.write(asJson ? `${JSON.stringify(view, null, 2)}\n` : `\n${text}`)
      return rang.has(view.verdict.code) ? 0 : 1
    }
    await pause(INTERVAL_MS)
  }
}
