import type { RingRecord } from '@ringer/store'
import type { KnownWorker } from '../known-call.ts'
import type { Diagnosed } from '../verdict-of.ts'
import { diagnosePhone } from './diagnose-phone.ts'
import { mostTelling } from './most-telling.ts'

/**
 * Says why a person was rung or not: by the phone that went best.
 *
 * @param now epoch ms
 * @param workers the workers that are running, if they are known
 */
export function diagnoseRing(ring: DiagnosedRing, now: number, workers?: readonly KnownWorker[]): Diagnosed {
  if (ring.devices.length > 0) {
    return mostTelling(ring.devices.map(device => diagnosePhone(device, ring, now, workers)))
  }
  if (ring.why) return { code: ring.why, ...(ring.refusal && { refusal: ring.refusal }) }
  switch (ring.state) {
    case 'answered':
      return { code: 'answered-first' }
    case 'ended':
      // It was too late already, whenever it ended.
      return ring.dequeuedAt < ring.deadline ? { code: 'ended-first' } : diagnoseLate(ring, ring.dequeuedAt)
    case 'expired':
      return diagnoseLate(ring, ring.dequeuedAt)
    default:
      return { code: 'no-device' }
  }
}

type DiagnosedRing = Pick<
  RingRecord,
  'state' | 'receivedAt' | 'dequeuedAt' | 'deadline' | 'why' | 'devices'
> &
  Partial<Pick<RingRecord, 'sentAt' | 'answeredAt' | 'endedAt' | 'refusal'>>

/** A worker that takes a call within this time is not behind. */
const PROMPT_MS = 1_000

/** CometChat gives most times in whole seconds, rounded down, and its clock may be off a little. */
const INEXACT_MS = 2_000

/**
 * Says why a call was too late for its phones: its webhook came late, or it waited for a worker. If both took time, the webhook is
 * to blame if the call was over when it came, or if a worker took it at once.
 *
 * @param takenAt when a worker took it, or the time of asking, epoch ms
 */
export function diagnoseLate(
  { receivedAt, sentAt = receivedAt, deadline }: Pick<RingRecord, 'receivedAt' | 'sentAt' | 'deadline'>,
  takenAt: number,
): Diagnosed {
  const lateMs = receivedAt - sentAt
  const waitedMs = Math.max(0, takenAt - receivedAt)
  const isLate = lateMs > Math.max(INEXACT_MS, waitedMs) && (receivedAt >= deadline || waitedMs < PROMPT_MS)
  return isLate ? { code: 'webhook-late', lateMs } : { code: 'expired-before-worker' }
}
