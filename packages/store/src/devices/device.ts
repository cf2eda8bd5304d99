import { createHash } from 'node:crypto'
import { storedFormat } from '@ringer/payloads'
import { z } from 'zod'
import type { ReadRecord } from '../redis/record-reader.ts'
import { storedHealth } from './device-health.ts'

/** What a device runs: `ios`, `android`, or a platform of another provider. The providers say which there are. */
export const platform = z.string()
export type Platform = z.infer<typeof platform>

/** Which of Apple's two environments a token belongs to. The app's build decides it, and the app tells it at registration. */
export const environment = z.enum(['production', 'sandbox'])
export type Environment = z.infer<typeof environment>

/**
 * What a token is for: rings, ordinary notifications, or both. An iPhone has a separate token for each, and they are not
 * interchangeable. An Android phone has one token for both.
 */
export const deviceKind = z.enum(['voip', 'alert', 'both'])
export type DeviceKind = z.infer<typeof deviceKind>

/** A device as Redis keeps it, in a hash whose values are all strings. */
export const device = z.object({
  id: z.string(),
  appId: z.string(),
  uid: z.string(),
  platform,
  kind: deviceKind,
  token: z.string(),
  environment: environment.optional(),
  bundleId: z.string().optional(),
  /** The app's own name for the phone, if it gives one. It identifies the phone among the user's, not beyond. */
  deviceId: z.string().optional(),
  /** A hash of the auth token of CometChat with which the phone was registered, if it was registered with one. */
  login: z.string().optional(),
  /** When the token was last registered, epoch ms. */
  registeredAt: z.coerce.number(),
  /** When the token was last registered or pushed to, epoch ms. Accurate to a day. */
  seenAt: z.coerce.number(),
  /**
   * Since when the provider accepts pushes to this token, epoch ms. Absent: it never did, or refused the last one for good. A
   * registration keeps it.
   */
  provenAt: z.coerce.number().optional(),
  /**
   * When the phone last reported what it did with the push of a ring, epoch ms. Absent: it never did, so silence says nothing. A
   * registration keeps it.
   */
  receiptAt: z.coerce.number().optional(),
  /** How often in a row the provider said that it cannot deliver to this token. Absent: not since a push was accepted. */
  refusals: z.coerce.number().optional(),
  /** Since when the device is set aside, epoch ms, and the provider's reason. Nothing is pushed to it. */
  setAsideAt: z.coerce.number().optional(),
  setAsideReason: z.string().optional(),
  ...storedHealth,
  format: storedFormat,
})
export type Device = z.infer<typeof device>

/** Reads a device's hash. null stands for a key that holds another type of value. */
export const readDevice = (
  readRecord: ReadRecord,
  id: string,
  hash: Record<string, string> | null,
): Device | undefined => readRecord(device, hash && { ...hash, id }, { kind: 'device', deviceId: id })

/** What an app tells about a device when it registers it. */
export type DeviceRegistration = Omit<
  Device,
  | 'id'
  | 'format'
  | 'registeredAt'
  | 'seenAt'
  | 'provenAt'
  | 'receiptAt'
  | 'refusals'
  | 'setAsideAt'
  | 'setAsideReason'
> & {
  /** What another token of the same installation begins with, if the token tells. That one is replaced, and this is not stored. */
  replaces?: string | undefined
}

/** Why nothing was pushed to a device that is set aside, for the record. Lua scripts quote it. */
export const SET_ASIDE =
  'the phone is set aside, because the provider refused its last pushes; registering it takes it back'

/**
 * Derives a device's id from its token, so that jobs, records and logs can name the device while the token stays in the
 * registry. Tokens are too long to be guessed from the id.
 */
export function deviceIdOf(appId: string, token: string): string {
  return createHash('sha256')
    .update(JSON.stringify([appId, token]))
    .digest('hex')
    .slice(0, 32)
}
