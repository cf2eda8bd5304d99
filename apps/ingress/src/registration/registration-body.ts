import { uid } from '@ringer/payloads'
import { deviceKind, environment, platform } from '@ringer/store'
import { z } from 'zod'

const name = (maximum: number) => z.string().min(1).max(maximum)

/**
 * A device token as the provider gives it out. Apple's are hex, which apps write in either case; Google's are opaque.
 * Errors say what a token must look like and never repeat it.
 */
const appleToken = z
  .string()
  .regex(/^([0-9a-f]{2}){32,100}$/i, "must be Apple's device token in hex, 64 to 200 digits")
  .toLowerCase()
const googleToken = z
  .string()
  .regex(/^[\x21-\x7e]{16,4096}$/, "must be FCM's registration token, without white space")

const register = z
  .object({
    uid: uid.optional(),
    platform,
    token: z.string(),
    kind: deviceKind.default('voip'),
    environment: environment.optional(),
    bundleId: name(255).optional(),
    deviceId: name(255).optional(),
  })
  .transform((body, context) => {
    const token = (body.platform === 'ios' ? appleToken : googleToken).safeParse(body.token)
    if (token.success) return { ...body, token: token.data }
    for (const issue of token.error.issues) context.addIssue({ ...issue, path: ['token'], input: undefined })
    return z.NEVER
  })

const unregister = z.object({
  uid: uid.optional(),
  token: z
    .string()
    .min(1)
    .max(4096)
    .transform(token => (appleToken.safeParse(token).success ? token.toLowerCase() : token)),
})

export const registrationBodies = { register, unregister }
