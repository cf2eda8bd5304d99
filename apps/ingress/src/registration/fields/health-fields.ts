import { standbyBuckets } from '@ringer/store'
import { z } from 'zod'
import { optionalOrNull } from './body-fields.ts'

const flag = optionalOrNull(z.boolean('must be true or false'))

/** Shown to operators, so it is short and printable. */
const version = optionalOrNull(
  z.string('must be a string').regex(/^[\x20-\x7e]{1,64}$/, 'must have 1 to 64 printable ASCII characters'),
)

const isStandbyBucket = (bucket: number) => standbyBuckets.some(known => known === bucket)

/** The fields in which an app tells how its phone is, when it registers. All are optional. */
export const healthFields = {
  notificationsAllowed: flag,
  channelImportance: optionalOrNull(
    z
      .int("must be the importance of the calls' channel, 0 (none) to 5 (max)")
      .min(0, "must be the importance of the calls' channel, 0 (none) to 5 (max)")
      .max(5, "must be the importance of the calls' channel, 0 (none) to 5 (max)"),
  ),
  sound: flag,
  fullScreenIntentAllowed: flag,
  batteryOptimised: flag,
  standbyBucket: optionalOrNull(
    z
      .int('must be a whole number')
      .refine(isStandbyBucket, `must be one of Android's standby buckets: ${standbyBuckets.join(', ')}`),
  ),
  appVersion: version,
  osVersion: version,
}
