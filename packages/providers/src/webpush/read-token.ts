import { z } from 'zod'
import type { ReadToken } from '../provider.ts'
import { readEndpoint } from './endpoint/read-endpoint.ts'
import { readPublicKey, readSecret } from './keys.ts'

/** What browsers give an app as `subscription.toJSON()`: https://www.w3.org/TR/push-api/#pushsubscription-interface */
export interface Subscription {
  endpoint: string
  keys: {
    /** The browser's public key: base64url of 65 bytes. */
    p256dh: string
    /** The secret that only the browser and we know: base64url of 16 bytes. */
    auth: string
  }
}

const shape = z.object({ endpoint: z.string(), keys: z.object({ p256dh: z.string(), auth: z.string() }) })

/**
 * Reads a push subscription in JSON, and normalises it: the endpoint as URLs are written, both keys in base64url, and nothing else.
 *
 * @param furtherHosts the hosts of WEBPUSH_ENDPOINT_HOSTS
 */
export function readToken(token: string, furtherHosts: readonly string[]): ReadToken {
  const parsed = shape.safeParse(parseJson(token))
  if (!parsed.success)
    return refuse(
      'must be a push subscription as JSON, as subscription.toJSON() has it: endpoint, keys.p256dh, keys.auth',
    )
  const { endpoint, keys } = parsed.data
  const read = readEndpoint(endpoint, furtherHosts)
  if (!read.ok) return read
  const p256dh = readPublicKey(keys.p256dh)
  if (p256dh === undefined)
    return refuse('must have a key p256dh that is a point on P-256, 65 bytes in base64url')
  const auth = readSecret(keys.auth, 16)
  if (auth === undefined) return refuse('must have a key auth of 16 bytes in base64url')
  const subscription: Subscription = { endpoint: read.url.href, keys: { p256dh, auth } }
  return { ok: true, token: JSON.stringify(subscription) }
}

/** The subscription in a device's token, which was normalised when it was registered. */
export const subscriptionOf = (token: string): Subscription => JSON.parse(token) as Subscription

const refuse = (message: string): ReadToken => ({ ok: false, message })

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
