import { z } from 'zod'

/** Android's buckets of apps by use, the active ones first; 45 and 50 get hardly any pushes. */
export const standbyBuckets = [5, 10, 20, 30, 40, 45, 50] as const

/**
 * What an app told about its phone when it registered: whether it may show and sound a call, and what may delay one. Absent: the app
 * did not say. A registration replaces all of it.
 */
export interface DeviceHealth {
  /** Whether the user lets the app show notifications. */
  notificationsAllowed?: boolean | undefined
  /** The importance of the channel in which the app shows calls: Android's NotificationManager, 0 (none) to 5. */
  channelImportance?: number | undefined
  /** Whether that channel makes a sound. */
  sound?: boolean | undefined
  /** Android: whether a call may fill the screen of a locked phone. */
  fullScreenIntentAllowed?: boolean | undefined
  /** Android: whether the system may restrict the app to save energy; false if the user exempted it. */
  batteryOptimised?: boolean | undefined
  /** Android: one of `standbyBuckets`, as UsageStatsManager gives it. */
  standbyBucket?: number | undefined
  appVersion?: string | undefined
  osVersion?: string | undefined
}

const flag = z
  .enum(['true', 'false'])
  .transform(value => value === 'true')
  .optional()

const number = z.coerce.number().optional()

/** The same as Redis keeps it: all values are strings. */
export const storedHealth = {
  notificationsAllowed: flag,
  channelImportance: number,
  sound: flag,
  fullScreenIntentAllowed: flag,
  batteryOptimised: flag,
  standbyBucket: number,
  appVersion: z.string().optional(),
  osVersion: z.string().optional(),
}

/** What is known of a device's health, without what is not. */
export function healthOf(device: DeviceHealth): DeviceHealth {
  const names = Object.keys(storedHealth) as (keyof DeviceHealth)[]
  return Object.fromEntries(
    names.flatMap(name => (device[name] === undefined ? [] : [[name, device[name]] as const])),
  )
}
