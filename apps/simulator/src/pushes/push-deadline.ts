import type { ReceivedPush } from '@ringer/fakes'
import { z } from 'zod'

const fcmTtl = z.object({
  message: z.object({ android: z.object({ ttl: z.string().regex(/^\d+(\.\d+)?s$/) }) }),
})

/**
 * How long a phone rings for a push that does not say when it expires. Apple and Google keep such a push for weeks, but
 * an app stops ringing long before.
 */
const DEFAULT_RING_MS = 60_000

/**
 * When a push expires, epoch ms: `apns-expiration` (an instant, in seconds), FCM's `ttl` (the time left, as in `29.5s`), or the
 * header `TTL` of a web push: the whole seconds left, so a push with 0 is delivered at once or never.
 */
export function pushDeadline({ at, headers, body }: ReceivedPush): number {
  const expiration = Number(headers['apns-expiration'])
  if (expiration > 0) return expiration * 1000
  const seconds = Number(headers.ttl)
  if (Number.isFinite(seconds)) return at + (seconds + 1) * 1000
  const ttl = fcmTtl.safeParse(body)
  return at + (ttl.success ? Number.parseFloat(ttl.data.message.android.ttl) * 1000 : DEFAULT_RING_MS)
}
