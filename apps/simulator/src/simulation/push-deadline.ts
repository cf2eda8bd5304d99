import type { ReceivedPush } from '@ringer/fakes'
import { z } from 'zod'

const fcmTtl = z.object({
  message: z.object({ android: z.object({ ttl: z.string().regex(/^\d+(\.\d+)?s$/) }) }),
})

/** A push that says nothing is kept for weeks by the providers; the phone's own app gives up on such a ring. */
const withoutDeadlineMs = 60_000

/**
 * Until when the provider and the phone consider a push worth showing, epoch ms: `apns-expiration` (an instant, in
 * seconds) or FCM's `ttl` (what is left, as `29.5s`).
 */
export function pushDeadline({ at, headers, body }: ReceivedPush): number {
  const expiration = Number(headers['apns-expiration'])
  if (expiration > 0) return expiration * 1000
  const ttl = fcmTtl.safeParse(body)
  return at + (ttl.success ? Number.parseFloat(ttl.data.message.android.ttl) * 1000 : withoutDeadlineMs)
}
