import { z } from 'zod'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { json, toHash } from '../redis/record-reader.ts'
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
  /** How many were refused for this reason, and since when, epoch ms. Older ones are not counted if an hour passed without any. */
  count: z.number(),
  since: z.number(),
  /** The reason of the log line, as a code. There are about a dozen. */
  reason: z.string(),
  /** What was wrong with a webhook that had the right credentials: names of fields, never their values. */
  detail: z.string().optional(),
})
export type RefusedWebhook = z.infer<typeof refusedWebhook>

/**
 * KEYS refused webhooks
 * ARGV reason, refusal (JSON, `count` has those since this process wrote last), time to live (ms)
 */
const ADD_REFUSAL = script(`
local refusal = cjson.decode(ARGV[2])
local isJson, before = pcall(cjson.decode, redis.call('HGET', KEYS[1], ARGV[1]) or '')
if isJson and type(before) == 'table' and tonumber(before.at) and refusal.at - before.at < tonumber(ARGV[3]) then
  refusal.count = refusal.count + (tonumber(before.count) or 0)
  refusal.since = tonumber(before.since) or refusal.since
end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(refusal))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
`)

/** How many apps are kept. A process knows all apps whose webhooks it takes, so there are few. */
const MOST_APPS = 100

/** How often a process notes at most that an app's webhooks arrive, ms. */
const APP_PAUSE_MS = 60_000

/**
 * KEYS apps
 * ARGV app id, at (ms), time to live (ms)
 */
const ADD_APP = script(`
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2] - ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, ${-1 - MOST_APPS})
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
   * Notes that a webhook was refused, so that somebody who asks for a call that never came can see it. Keeps the last one for
   * each reason, for an hour: strangers who send webhooks without credentials do not hide that a password is wrong. Waits for
   * nothing.
   */
  refused(refusal: Omit<RefusedWebhook, 'count' | 'since'>): void
  /**
   * Notes that a webhook of an app was stored, at most once a minute, so that somebody who looks for calls of another app can
   * see it. Waits for nothing.
   *
   * @param at epoch ms
   */
  stored(appId: string, at: number): void
}

/** @param keptMs how long the record of a call is kept, ms */
export function createWebhookLog(redis: RedisClient, keys: Keys, keptMs: number): WebhookLog {
  const noted = new Map<string, { at: number; uncounted: number }>()
  const appNotedAt = new Map<string, number>()
  return {
    refused(refusal) {
      const { reason, at } = refusal
      const last = noted.get(reason)
      if (last && at < last.at + PAUSE_MS) {
        last.uncounted += 1
        return
      }
      noted.set(reason, { at, uncounted: 0 })
      const count = 1 + (last?.uncounted ?? 0)
      const args = [reason, JSON.stringify({ ...refusal, count, since: at }), REFUSAL_KEPT_MS]
      runScript(redis, ADD_REFUSAL, [keys.refusedWebhooks()], args).catch(() => {})
    },
    stored(appId, at) {
      if (at < (appNotedAt.get(appId) ?? Number.NEGATIVE_INFINITY) + APP_PAUSE_MS) return
      appNotedAt.set(appId, at)
      runScript(redis, ADD_APP, [keys.apps()], [appId, at, keptMs]).catch(() => {})
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

/** Lists the apps whose webhooks were stored as long as records are kept, with when that was last, epoch ms. The newest first. */
export async function readApps(redis: RedisClient, keys: Keys): Promise<{ appId: string; at: number }[]> {
  const rows = await redis.zrange(keys.apps(), '0', '-1', 'REV', 'WITHSCORES')
  return Object.entries(toHash(rows)).map(([appId, at]) => ({ appId, at: Number(at) }))
}
