import { createHash } from 'node:crypto'
import { z } from 'zod'

export const platform = z.enum(['ios', 'android'])
export type Platform = z.infer<typeof platform>

/** Which of Apple's two worlds a token belongs to: a property of the build, told by the app at registration. */
export const environment = z.enum(['production', 'sandbox'])
export type Environment = z.infer<typeof environment>

/**
 * What a token is used for: ringing, ordinary notifications, or both. An iPhone has one token for each, never
 * interchangeable; an Android phone has one for everything.
 */
export const deviceKind = z.enum(['voip', 'alert', 'both'])
export type DeviceKind = z.infer<typeof deviceKind>

/** A device as Redis keeps it: the values of a hash, which are all strings. */
export const device = z
  .object({
    id: z.string(),
    appId: z.string(),
    uid: z.string(),
    platform,
    kind: deviceKind,
    token: z.string(),
    environment: environment.optional(),
    bundleId: z.string().optional(),
    /** The app's own name for the phone, if it gives one. */
    deviceId: z.string().optional(),
    /** When the token was registered last, epoch ms. */
    registeredAt: z.coerce.number(),
    /** When it was registered or pushed to last, to the day; epoch ms. */
    seenAt: z.coerce.number().optional(),
  })
  // One that an earlier version stored has never been seen since.
  .transform(stored => ({ ...stored, seenAt: stored.seenAt ?? stored.registeredAt }))
export type Device = z.infer<typeof device>

/** What an app says when it registers. */
export type Registration = Omit<Device, 'id' | 'registeredAt' | 'seenAt'>

/**
 * A device's id is derived from its token, so that jobs, records and logs can name the device while the token itself
 * stays in the registry. Apple's and Google's tokens are too long to be guessed from it.
 */
export function deviceIdOf(appId: string, token: string): string {
  return createHash('sha256')
    .update(JSON.stringify([appId, token]))
    .digest('hex')
    .slice(0, 32)
}
