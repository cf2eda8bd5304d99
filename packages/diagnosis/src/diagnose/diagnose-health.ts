import type { DeviceHealth } from '@ringer/store'
import type { DiagnosisCode } from '../diagnoses.ts'

/** Whether a phone would ring now: `unsure` if something is in the way that may or may not keep it silent. */
export interface DeviceDiagnosis {
  rings: 'yes' | 'no' | 'unsure'
  /** What is in the way, if anything is. Also for a phone that rings, but not as it should. */
  code?: DiagnosisCode | undefined
  /** What may be the cause of it. */
  because?: DiagnosisCode | undefined
}

/** The lowest importance with which a channel makes a sound: Android's IMPORTANCE_DEFAULT. */
const AUDIBLE = 3
/** From Android's standby bucket "rare" on, an app's pushes are limited. */
const RARE = 40

/**
 * Says whether a phone would ring by what its app told about it. The first of these that applies: it may not show a call, it shows
 * calls silently, its pushes may be late, or it may not fill the screen.
 */
export function diagnoseHealth(platform: string, health: DeviceHealth = {}): DeviceDiagnosis {
  // An iPhone rings through CallKit, which asks for no permission of notifications.
  if (platform === 'ios') return { rings: 'yes' }
  const { notificationsAllowed, channelImportance, sound, standbyBucket, batteryOptimised } = health
  if (notificationsAllowed === false || channelImportance === 0)
    return { rings: 'no', code: 'notifications-off' }
  if (sound === false || (channelImportance !== undefined && channelImportance < AUDIBLE))
    return { rings: 'no', code: 'channel-silent' }
  if (standbyBucket !== undefined && standbyBucket >= RARE && batteryOptimised !== false)
    return { rings: 'unsure', code: 'battery-restricted' }
  if (health.fullScreenIntentAllowed === false) return { rings: 'yes', code: 'full-screen-denied' }
  return { rings: 'yes' }
}
