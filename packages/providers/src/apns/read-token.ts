import type { ReadToken } from '../provider.ts'

/** Apple's device tokens are 32 bytes today. Apple asks not to rely on the length. */
const DEVICE_TOKEN = /^([0-9a-f]{2}){32,100}$/i

/** Reads Apple's device token. It is hex, which apps write in either case; lower case is stored. */
export function readToken(token: string): ReadToken {
  if (DEVICE_TOKEN.test(token)) return { ok: true, token: token.toLowerCase() }
  const message =
    "must be Apple's device token in hex, 64 to 200 digits (a Firebase token does not reach an iPhone)"
  return { ok: false, message }
}
