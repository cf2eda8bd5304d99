import { CALLS } from '@ringer/store'
import type { Diagnosed, DiagnosisCode } from '../diagnoses.ts'
import type { KnownCall } from '../known-call.ts'
import { diagnoseRing } from './diagnose-ring.ts'
import { mostTelling } from './most-telling.ts'

/**
 * Says why a call rang or did not: by the person whose phone went best.
 *
 * @param now epoch ms
 */
export function diagnoseCall(known: KnownCall, now: number): Diagnosed {
  const { call } = known
  if (call && call.rings.length > 0) return mostTelling(call.rings.map(ring => diagnoseRing(ring, now)))
  return { code: codeWithoutRings(known, now) }
}

function codeWithoutRings({ call, workers, refusedWebhooks = [] }: KnownCall, now: number): DiagnosisCode {
  if (call?.why) return call.why
  const waiting = call?.waiting?.find(({ kind }) => kind === 'ring' || kind === 'group')
  if (waiting) {
    if (!workers.some(({ queues }) => queues.includes(CALLS))) return 'no-worker'
    return now < waiting.deadline ? 'waiting' : 'expired-before-worker'
  }
  if (call) return 'never-announced'
  return refusedWebhooks.length > 0 ? 'webhook-refused' : 'unknown'
}
