import { z } from 'zod'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { json } from '../redis/record-reader.ts'

/** The last webhook that was refused. What it said is not kept, because nobody knows who sent it. */
export const refusedWebhook = z.object({
  /** Epoch ms. */
  at: z.number(),
  /** The reason of the log line. */
  reason: z.string(),
})
export type RefusedWebhook = z.infer<typeof refusedWebhook>

/** How often one process writes at most: a flood of refusals must cost Redis nothing. */
const PAUSE_MS = 1_000

/** How long it is kept: a call that somebody asks about now is not older. */
const KEPT_MS = 3_600_000

/**
 * Creates what notes that a webhook was refused, so that somebody who asks for a call that never came learns of it. Never rejects
 * and waits for nothing.
 *
 * @returns a function that notes it. `now` is epoch ms
 */
export function createRefusedWebhooks(redis: RedisClient, keys: Keys) {
  let pausedUntil = Number.NEGATIVE_INFINITY
  return (reason: string, now: number): void => {
    if (now < pausedUntil) return
    pausedUntil = now + PAUSE_MS
    redis.set(keys.refusedWebhook(), JSON.stringify({ at: now, reason }), 'PX', KEPT_MS).catch(() => {})
  }
}

const stored = json.pipe(refusedWebhook)

/** Reads the last refusal of the last hour. */
export async function readRefusedWebhook(
  redis: RedisClient,
  keys: Keys,
): Promise<RefusedWebhook | undefined> {
  const text = await redis.get(keys.refusedWebhook())
  return text === null ? undefined : stored.safeParse(text).data
}
