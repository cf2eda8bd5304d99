import type { RedisClient } from '@ringer/store'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'

/** Far more than a phone needs, yet few enough that a phone stuck in a loop does no harm. */
const CHANGES_PER_MINUTE = 60

const WINDOW_SECONDS = 60

/**
 * Counts a request about a user's phones. `ok: false` means that there were too many within a minute; the next one is
 * accepted after `retryAfterMs`.
 */
export type LimitRegistrations = (
  appId: string,
  uid: string,
) => Promise<{ ok: true } | { ok: false; retryAfterMs: number }>

/**
 * Creates a limit that counts in Redis, for all ingresses together. While Redis is away, it counts in this process only.
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
    } catch (rejection) {
      // Any other error is the limiter's own failure, which must not cost anybody a registration.
      return rejection instanceof RateLimiterRes
        ? { ok: false, retryAfterMs: rejection.msBeforeNext }
        : { ok: true }
    }
  }
}
