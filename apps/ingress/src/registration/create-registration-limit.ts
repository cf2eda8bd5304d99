import type { RedisClient } from '@ringer/store'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'

/** Far more than a phone needs, and no more than one that is stuck in a loop may take. */
const CHANGES_PER_MINUTE = 60

const WINDOW_SECONDS = 60

/**
 * Counts a request about a user's phones. `ok: false` if there were too many within a minute; `retryAfterMs` says when
 * the next is taken.
 */
export type LimitRegistrations = (
  appId: string,
  uid: string,
) => Promise<{ ok: true } | { ok: false; retryAfterMs: number }>

/**
 * Counts in Redis, for all ingresses together, or while Redis is away in this process alone.
 *
 * @param redis from connectFailFast
 * @param prefix of every key
 */
export function createRegistrationLimit(
  redis: RedisClient,
  prefix: string,
  changesPerMinute = CHANGES_PER_MINUTE,
): LimitRegistrations {
  const budget = { points: changesPerMinute, duration: WINDOW_SECONDS }
  const limiter = new RateLimiterRedis({
    ...budget,
    storeClient: redis,
    keyPrefix: `${prefix}:registrations`,
    insuranceLimiter: new RateLimiterMemory(budget),
  })
  return async (appId, uid) => {
    try {
      await limiter.consume(`${appId}:${uid}`)
      return { ok: true }
    } catch (refusal) {
      // Anything else is the limiter's own trouble, which shall cost nobody a registration.
      return refusal instanceof RateLimiterRes
        ? { ok: false, retryAfterMs: refusal.msBeforeNext }
        : { ok: true }
    }
  }
}
