import type { RingRecord } from '@ringer/store'
import { diagnosePhone } from './diagnose-phone.ts'
import type { DiagnosisCode } from './diagnoses.ts'
import { mostTelling } from './most-telling.ts'

/**
 * Says why a person was rung or not: by the phone that went best.
 *
 * @param now epoch ms
 */
export function diagnoseRing(
  ring: Pick<RingRecord, 'state' | 'deadline' | 'why' | 'devices'>,
  now: number,
): DiagnosisCode {
  if (ring.devices.length > 0) {
    return mostTelling(ring.devices.map(device => diagnosePhone(device, ring, now)))
  }
  if (ring.why) return ring.why
  switch (ring.state) {
    case 'answered':
      return 'answered-first'
    case 'ended':
      return 'ended-first'
    case 'expired':
      return 'expired-before-worker'
    default:
      return 'no-device'
  }
}
