import type { Device, DeviceHealth } from '@ringer/store'
import type { DiagnosisCode } from './diagnoses.ts'

/** Whether a phone would ring now: `unsure` if something is in the way that may or may not keep it silent. */
export interface DeviceDiagnosis {
  rings: 'yes' | 'no' | 'unsure'
  /** What is in the way, if anything is. Also for a phone that rings, but not as it should. */
  code?: DiagnosisCode | undefined
}

/** Reasons for which a provider refuses every push to a phone until somebody mends them. */
const lasting: ReadonlySet<DiagnosisCode> = new Set([
  ...(['wrong-environment', 'wrong-topic', 'wrong-key', 'wrong-key-environment', 'unrelated-key'] as const),
  ...(['wrong-sender', 'provider-credentials', 'provider-refused', 'token-malformed'] as const),
])

/** The phone did not show its last call, which says little about the next one. */
const doubtful: ReadonlySet<string> = new Set(['suppressed', 'late-on-phone', 'accepted-not-shown'])

/** The lowest importance with which a channel makes a sound: Android's IMPORTANCE_DEFAULT. */
const AUDIBLE = 3
/** From Android's standby bucket "rare" on, an app's pushes are limited. */
const RARE = 40

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
  // An iPhone rings through CallKit, which asks for no permission of notifications.
  const health: DeviceHealth = device.kind === 'voip' ? {} : device
  const { notificationsAllowed, channelImportance, sound, standbyBucket, batteryOptimised } = health
  if (notificationsAllowed === false || channelImportance === 0)
    return { rings: 'no', code: 'notifications-off' }
  if (last && lasting.has(last)) return { rings: 'no', code: last }
  if (sound === false || (channelImportance !== undefined && channelImportance < AUDIBLE))
    return { rings: 'no', code: 'channel-silent' }
  if (last && doubtful.has(last)) return { rings: 'unsure', code: last }
  if (standbyBucket !== undefined && standbyBucket >= RARE && batteryOptimised !== false)
    return { rings: 'unsure', code: 'battery-restricted' }
  if (health.fullScreenIntentAllowed === false) return { rings: 'yes', code: 'full-screen-denied' }
  return { rings: 'yes' }
}
