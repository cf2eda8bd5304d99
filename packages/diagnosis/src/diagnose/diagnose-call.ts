import { CALLS } from '@ringer/store'
import type { KnownCall } from '../known-call.ts'
import type { Diagnosed } from '../verdict-of.ts'
import { diagnoseLate, diagnoseRing } from './diagnose-ring.ts'
import { mostTelling } from './most-telling.ts'

/**
 * Says why a call rang or did not: by the person whose phone went best.
 *
 * @param now epoch ms
 */
export function diagnoseCall(known: KnownCall, now: number): Diagnosed {
  const { call, workers } = known
  if (call && call.rings.length > 0)
    return mostTelling(call.rings.map(ring => diagnoseRing(ring, now, workers)))
  return diagnoseWithoutRings(known, now)
}

function diagnoseWithoutRings({ call, workers, refusedWebhooks = [] }: KnownCall, now: number): Diagnosed {
  if (call?.why) return { code: call.why, ...(call.refusal && { refusal: call.refusal }) }
  const waiting = call?.waiting?.find(({ kind }) => kind === 'ring' || kind === 'group')
  if (waiting) {
    const late = now < waiting.deadline ? undefined : diagnoseLate(waiting, now)
    if (late?.code === 'webhook-late') return late
    if (!workers.some(({ queues }) => queues.includes(CALLS))) return { code: 'no-worker' }
    return late ?? { code: 'waiting' }
  }
  if (call) return { code: 'never-announced' }
  return { code: refusedWebhooks.length > 0 ? 'webhook-refused' : 'unknown' }
}
