import { uid } from '@ringer/payloads'
import { z } from 'zod'

/** A field that may be left out, or be null: Swift and Dart send null for what they do not have. */
export const optionalOrNull = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform(value => value ?? undefined)

/** A name that an app or its operator chose. */
export const name = optionalOrNull(
  z
    .string()
    .min(1)
    .max(255)
    .refine(value => value.isWellFormed(), 'must not contain half of a surrogate pair'),
)

/** The user whose phones a request is about. */
export const owner = { appId: name, uid: optionalOrNull(uid) }

/**
 * The fields that hold a token. Those of CometChat's former extension say by their names what the token is for, and so does the
 * recipe for browsers:
 * https://www.cometchat.com/docs/extensions/token-management
 */
export const tokenFields = {
  token: undefined,
  voipToken: { platform: 'ios', kind: 'voip' },
  apnsToken: { platform: 'ios', kind: 'alert' },
  fcmToken: { platform: 'android', kind: undefined },
  fid: undefined,
  subscription: { platform: 'web', kind: undefined },
} as const

const token = optionalOrNull(z.string())
/** A Firebase installation id, which is stored with this beginning. */
const fid = optionalOrNull(z.string().transform(id => `fid:${id}`))
/** What a browser's `subscription.toJSON()` returns, or its text. */
const subscription = optionalOrNull(
  z.union([z.string(), z.record(z.string(), z.unknown()).transform(value => JSON.stringify(value))]),
)
export const tokens = { token, voipToken: token, apnsToken: token, fcmToken: token, fid, subscription }

export type TokenField = keyof typeof tokenFields

/** Lists the tokens in a body, each with the name of its field. */
export function tokensIn(body: Partial<Record<TokenField, string | undefined>>): [TokenField, string][] {
  const fields = Object.keys(tokenFields) as TokenField[]
  return fields.flatMap(field => {
    const value = body[field]
    return value === undefined ? [] : [[field, value] as const]
  })
}
