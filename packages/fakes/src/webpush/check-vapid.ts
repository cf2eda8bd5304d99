import { createPublicKey, type KeyObject } from 'node:crypto'
import type { FakeAnswer } from '../wire/judge-push.ts'
import { parseJwt } from '../wire/parse-jwt.ts'

const MAX_LIFE_S = 86_400

/**
 * The refusal of an Authorization header, or null if it is valid: `vapid t=<JWT>, k=<public key>`, signed with the key with which
 * the browser subscribed, for this origin, for at most 24 hours, with a contact.
 * https://www.rfc-editor.org/rfc/rfc8292#section-4.2
 *
 * @param now epoch ms
 */
export function checkVapid(
  authorization: string | undefined,
  expected: { origin: string; applicationServerKey: string },
  now: number,
): FakeAnswer | null {
  const parameters = readParameters(authorization)
  if (!parameters) return { status: 401, reason: 'MissingVapid' }
  const { t, k } = parameters
  const key = asKey(k)
  const claims = key && parseJwt(t, 'ES256', key)?.claims
  if (!claims) return refuse('BadJwtToken')
  if (claims.aud !== expected.origin) return refuse('BadAudience')
  const { exp, sub } = claims
  if (typeof exp !== 'number' || exp <= now / 1_000 || exp > now / 1_000 + MAX_LIFE_S)
    return refuse('BadExpiry')
  if (typeof sub !== 'string' || !/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(sub))
    return refuse('BadSubject')
  if (k !== expected.applicationServerKey) return refuse('VapidPkHashMismatch')
  return null
}

const refuse = (reason: string): FakeAnswer => ({ status: 403, reason })

function readParameters(authorization = ''): { t: string; k: string } | null {
  const list = /^vapid (.+)$/i.exec(authorization)?.[1]
  if (list === undefined) return null
  const parameters = new Map(list.split(/\s*,\s*/).map(each => each.split(/=(.*)/s, 2) as [string, string]))
  const [t, k] = [parameters.get('t'), parameters.get('k')]
  return t && k ? { t, k } : null
}

/** The point on P-256 as a key that can verify; null if it is none. */
function asKey(point: string): KeyObject | null {
  const bytes = Buffer.from(point, 'base64url')
  if (bytes.length !== 65 || bytes[0] !== 4) return null
  const [x, y] = [bytes.subarray(1, 33), bytes.subarray(33)].map(half => half.toString('base64url'))
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  } catch {
    return null
  }
}
