import type { Platform } from '@ringer/store'
import { z } from 'zod'

/**
 * A device token as the provider gives it out. Apple's are hex, which apps write in either case; Google's are opaque.
 * Errors say what a token must look like and never repeat it.
 */
const tokens = {
  ios: z
    .string()
    .regex(
      /^([0-9a-f]{2}){32,100}$/i,
      "must be Apple's device token in hex, 64 to 200 digits (Firebase's token of an iPhone does not reach it)",
    )
    .toLowerCase(),
  android: z
    .string()
    .regex(/^[\x21-\x7e]{16,4096}$/, "must be FCM's registration token, without white space")
    .regex(/^(?![0-9a-f]{64}$)/i, "must be FCM's registration token; this is Apple's, of platform ios"),
} satisfies Record<Platform, z.ZodType<string>>

/** The token in the one form in which it is kept. */
export const readToken = (platform: Platform, token: string) => tokens[platform].safeParse(token)

/** A token whose platform nobody says, as it would be kept. */
export const normalToken = (token: string) => tokens.ios.safeParse(token).data ?? token
