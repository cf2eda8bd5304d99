import { uid } from '@ringer/payloads'
import { z } from 'zod'

/** A field that may be left out, or be null, as Swift and Dart send what they do not have. */
export const absentOr = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform(value => value ?? undefined)

/** A name that an app or its operator made up. */
export const name = absentOr(z.string().min(1).max(255))

/** Whose phones it is about. */
export const owner = { appId: name, uid: absentOr(uid) }

/**
 * The fields that hold a token, and what those of CometChat's former extension say of it by their names:
 * https://www.cometchat.com/docs/extensions/token-management
 */
export const tokenFields = {
  token: undefined,
  voipToken: { platform: 'ios', kind: 'voip' },
  apnsToken: { platform: 'ios', kind: 'alert' },
  fcmToken: { platform: 'android', kind: undefined },
} as const

const token = absentOr(z.string())
export const tokens = { token, voipToken: token, apnsToken: token, fcmToken: token }

export type TokenField = keyof typeof tokenFields

/** The tokens that a body names, with the names of their fields. */
export function tokensIn(body: Partial<Record<TokenField, string | undefined>>): [TokenField, string][] {
  const fields = Object.keys(tokenFields) as TokenField[]
  return fields.flatMap(field => {
    const value = body[field]
    return value === undefined ? [] : [[field, value] as const]
  })
}
