import type { ReadToken } from '../provider.ts'

/** Google's registration tokens are opaque: printable characters without white space. */
const REGISTRATION_TOKEN = /^[\x21-\x7e]{16,4096}$/

/** The form of Apple's device tokens today. Some apps register one for the wrong platform. */
const APPLE_TOKEN = /^[0-9a-f]{64}$/i

/** A push subscription in JSON, which may have the characters of a registration token. */
const isSubscription = (token: string) => token.trimStart().startsWith('{')

/** Reads FCM's registration token. */
export function readToken(token: string): ReadToken {
  const faults = [
    ...(REGISTRATION_TOKEN.test(token) ? [] : ["must be FCM's registration token, without white space"]),
    ...(APPLE_TOKEN.test(token)
      ? ["must be FCM's registration token; this is Apple's device token, for platform ios"]
      : []),
    ...(isSubscription(token)
      ? ["must be FCM's registration token; this is a browser's push subscription, for platform web"]
      : []),
  ]
  return faults.length === 0 ? { ok: true, token } : { ok: false, message: faults.join('; ') }
}
