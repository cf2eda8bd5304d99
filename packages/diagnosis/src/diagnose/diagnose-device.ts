import type { Device } from '@ringer/store'
import type { DiagnosisCode } from '../diagnoses.ts'
import { type DeviceDiagnosis, diagnoseHealth } from './diagnose-health.ts'

/** Reasons for which a provider refuses every push to a phone until somebody mends them. */
const lasting: ReadonlySet<DiagnosisCode> = new Set([
  ...(['wrong-environment', 'wrong-topic', 'wrong-key', 'wrong-key-environment', 'unrelated-key'] as const),
  ...(['wrong-sender', 'provider-credentials', 'provider-refused', 'token-malformed'] as const),
])

/** The phone did not show its last call, which says little about the next one. */
const doubtful: ReadonlySet<string> = new Set(['suppressed', 'late-on-phone', 'accepted-not-shown'])

/**
 * Says whether a phone would ring now, by what its app told and by what became of the last call. The first of these that applies:
 * nothing is pushed to it, it may not show a call, its provider refuses its token, it shows calls silently, it did not show the last
 * one, or something may delay it.
 *
 * @param last the diagnosis of the last ring on this phone, if it is on record
 */
export function diagnoseDevice(device: Device, last?: DiagnosisCode): DeviceDiagnosis {
  if (device.setAsideAt !== undefined) return { rings: 'no', code: 'device-retired' }
  if (device.kind === 'alert') return { rings: 'no', code: 'only-alert-tokens' }
  const told = diagnoseHealth(device.platform, device)
  if (told.code === 'notifications-off') return told
  if (last && lasting.has(last)) return { rings: 'no', code: last }
  if (told.rings === 'no') return told
  // What the phone tells now counts, not what it told when it was rung.
  const because = last === 'accepted-not-shown' ? told.code : undefined
  if (last && doubtful.has(last)) return { rings: 'unsure', code: last, because }
  return told
}
