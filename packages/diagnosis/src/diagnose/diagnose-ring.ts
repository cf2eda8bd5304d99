import type { RingRecord } from '@ringer/store'
import type { Diagnosed } from '../diagnoses.ts'
import { diagnosePhone } from './diagnose-phone.ts'
import { mostTelling } from './most-telling.ts'

/**
 * Says why a person was rung or not: by the phone that went best.
 *
 * @param now epoch ms
 */
export function diagnoseRing(
  ring: Pick<RingRecord, 'state' | 'deadline' | 'why' | 'devices'>,
  now: number,
): Diagnosed {
  if (ring.devices.length > 0) {
    return mostTelling(ring.devices.map(device => diagnosePhone(device, ring, now)))
  }
  if (ring.why) return { code: ring.why }
  switch (ring.state) {
    case 'answered':
      return { code: 'answered-first' }
    case 'ended':
      return { code: 'ended-first' }
    case 'expired':
      return { code: 'expired-before-worker' }
    default:
      return { code: 'no-device' }
  }
}
