import type { DeviceOutcome, DeviceRecord } from '@ringer/store'

const mayRingAfter: ReadonlySet<DeviceOutcome> = new Set(['accepted', 'retryable', 'expired', 'skipped'])

/**
 * Whether a phone may be ringing when its call ends or is answered. That includes attempts that were given up: an attempt
 * without an answer may have been delivered. It excludes an attempt that is under way: that attempt stops the phone itself
 * once its result is known, see `stopAfterAttempt`.
 */
export const mayRing = ({ attempt, outcome }: Pick<DeviceRecord, 'attempt' | 'outcome'>) =>
  attempt > 0 && mayRingAfter.has(outcome)

/** Whether an attempt to ring the phone is under way. */
export const isBeingRung = ({ outcome }: Pick<DeviceRecord, 'outcome'>) => outcome === 'sending'

/** Whether somebody tried to ring a phone: it may have rung, may be about to, or its push could not leave. */
export const wasTried = (device: DeviceRecord) =>
  isBeingRung(device) || mayRing(device) || (mayRingAfter.has(device.outcome) && device.failed !== undefined)
