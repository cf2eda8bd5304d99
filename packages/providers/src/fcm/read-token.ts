import type { ReadToken } from '../provider.ts'
import { otherTargetOf, readFid, storedFid } from './target.ts'

/** Google's registration tokens are opaque: printable characters without white space. */
const REGISTRATION_TOKEN = /^[\x21-\x7e]{16,4096}$/

/** The form of Apple's device tokens today. Some apps register one for the wrong platform. */
const APPLE_TOKEN = /^[0-9a-f]{64}$/i

/** A push subscription in JSON, which may have the characters of a registration token. */
const isSubscription = (token: string) => token.trimStart().startsWith('{')

/** What the field `fid` of a registration becomes. */
const isMeantAsFid = (token: string) => token.startsWith('fid:') && !token.slice(4).includes(':')

/** Reads FCM's registration token, or a Firebase installation id, which is stored as `fid:…`. */
export function readToken(token: string): ReadToken {
  const fid = readFid(token)
  if (fid !== undefined) return read(storedFid(fid))
  if (isMeantAsFid(token))
    return { ok: false, message: 'must be the Firebase installation id that onRegistered was given' }
  const faults = [
    ...(REGISTRATION_TOKEN.test(token) ? [] : ["must be FCM's registration token, without white space"]),
    ...(APPLE_TOKEN.test(token)
      ? ["must be FCM's registration token; this is Apple's device token, for platform ios"]
      : []),
    ...(isSubscription(token)
      ? ["must be FCM's registration token; this is a browser's push subscription, for platform web"]
      : []),
  ]
  return faults.length === 0 ? read(token) : { ok: false, message: faults.join('; ') }
}

function read(token: string): ReadToken {
  const replaces = otherTargetOf(token)
  return { ok: true, token, ...(replaces !== undefined && { replaces }) }
}
