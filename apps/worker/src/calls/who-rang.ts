import { answeringPlatform } from '@ringer/payloads'
import type { DeviceOutcome, DeviceRecord } from '@ringer/store'

const mayRingAfter: ReadonlySet<DeviceOutcome> = new Set(['accepted', 'retryable', 'expired', 'skipped'])

/**
 * Phones that may be ringing: also after attempts that were given up, for one without an answer may have been delivered.
 * One whose attempt is under way is not among them: it is stopped by that attempt, when it knows how it went.
 */
export const mayRing = ({ attempt, outcome }: DeviceRecord) => attempt > 0 && mayRingAfter.has(outcome)

/** Phones that rang or are about to. */
export const isRung = (device: DeviceRecord) => device.outcome === 'sending' || mayRing(device)

/**
 * Whether an Android phone is certainly not the one that answered. The app may have said which device it was; CometChat
 * says what platform, and then any of the recipient's Android phones may be the one.
 *
 * @param answeredOn a device's id, or a platform, or nothing
 */
export function isElsewhere(deviceId: string, answeredOn: string | undefined): boolean {
  if (!answeredOn) return false
  const platform = answeringPlatform.safeParse(answeredOn)
  return platform.success ? platform.data !== 'android' : answeredOn !== deviceId
}
