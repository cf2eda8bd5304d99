import { z } from 'zod'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { json } from '../redis/record-reader.ts'
import { runScript, script } from '../redis/run-script.ts'

/** How many webhooks of a session are kept. CometChat retries twice. */
export const WEBHOOKS_PER_SESSION = 20

/** A webhook that was answered with 200. */
export const webhookEntry = z.object({
  /** Epoch ms. */
  receivedAt: z.number(),
  kind: z.enum(['ring', 'group', 'end', 'answer']),
  answer: z.enum(['queued', 'duplicate']),
  /** How the call ended. */
  action: z.string().optional(),
})
export type WebhookEntry = z.infer<typeof webhookEntry>

/**
 * KEYS webhooks
 * ARGV entry (JSON), how many to keep, time to live (ms)
 */
const ADD = script(`
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], -ARGV[2], -1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
`)

/** The last webhook that was refused for a reason. What it said is not kept, because nobody knows who sent it. */
export const refusedWebhook = z.object({
  /** Epoch ms. */
  at: z.number(),
  /** The reason of the log line, as a code. There are about a dozen. */
  reason: z.string(),
  /** What was wrong with a webhook that had the right credentials: names of fields, never their values. */
  detail: z.string().optional(),
})
export type RefusedWebhook = z.infer<typeof refusedWebhook>

/**
 * KEYS refused webhooks
 * ARGV reason, refusal (JSON), time to live (ms)
 */
const ADD_REFUSAL = script(`
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
`)

/** How often a process notes a refusal for the same reason at most, ms: a flood of them must cost Redis nothing. */
const PAUSE_MS = 1_000

/** How long a refusal is kept, ms. */
const REFUSAL_KEPT_MS = 3_600_000

/** What arrived for a session: the records of rings do not know the webhooks that were duplicates, or that rang nobody. */
export interface WebhookLog {
  /** Adds an entry to the newest 20 of its session, in one command. Never rejects: if Redis is away, the entry is lost. */
  add(appId: string, sessionId: string, entry: WebhookEntry): Promise<void>
  /**
   * Notes that a webhook was refused, so that somebody who asks for a call that never came learns of it. Keeps the last one for
   * each reason, for an hour: strangers who send webhooks without credentials do not hide that a password is wrong. Waits for
   * nothing.
   */
  refused(refusal: RefusedWebhook): void
}

/** @param keptMs how long the record of a call is kept, ms */
export function createWebhookLog(redis: RedisClient, keys: Keys, keptMs: number): WebhookLog {
  const notedAt = new Map<string, number>()
  return {
    refused(refusal) {
      const { reason, at } = refusal
      if (at < (notedAt.get(reason) ?? Number.NEGATIVE_INFINITY) + PAUSE_MS) return
      notedAt.set(reason, at)
      const args = [reason, JSON.stringify(refusal), REFUSAL_KEPT_MS]
      runScript(redis, ADD_REFUSAL, [keys.refusedWebhooks()], args).catch(() => {})
    },
    async add(appId, sessionId, entry) {
      const args = [JSON.stringify(entry), WEBHOOKS_PER_SESSION, keptMs]
      await runScript(redis, ADD, [keys.webhooks(appId, sessionId)], args).catch(() => {})
    },
  }
}

const storedEntry = json.pipe(webhookEntry)

/** Reads the webhooks of a session in the order in which they were answered. Leaves out entries that cannot be read. */
export async function readWebhooks(
  redis: RedisClient,
  keys: Keys,
  appId: string,
  sessionId: string,
): Promise<WebhookEntry[]> {
  const entries = await redis.lrange(keys.webhooks(appId, sessionId), 0, -1)
  return entries.flatMap(entry => storedEntry.safeParse(entry).data ?? [])
}

const storedRefusal = json.pipe(refusedWebhook)

/**
 * Reads the last refusal for each reason in the last hour, the newest first.
 *
 * @param now epoch ms
 */
export async function readRefusedWebhooks(
  redis: RedisClient,
  keys: Keys,
  now: number,
): Promise<RefusedWebhook[]> {
  const texts = Object.values(await redis.hgetall(keys.refusedWebhooks()))
  return texts
    .flatMap(text => storedRefusal.safeParse(text).data ?? [])
    .filter(({ at }) => at > now - REFUSAL_KEPT_MS)
    .toSorted((one, other) => other.at - one.at)
}
