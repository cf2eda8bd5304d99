import type { RedisClient } from './connect.ts'
import type { Keys } from './keys.ts'

/** How many requests all processes together have sent to CometChat's API within a minute, by what they were for. */
export interface RequestCounts {
  members: number
  lookups: number
}

/** Longer than any process counts in the same minute. */
const KEPT_MS = 120_000

/**
 * Creates a function that counts one request of this process with those of all others, and returns the sums, in one round trip.
 * `minute`: whole minutes since the epoch. Rejects if Redis is away.
 */
export function createRequestCount(redis: RedisClient, keys: Keys, appId: string) {
  return async (minute: number, kind: keyof RequestCounts): Promise<RequestCounts> => {
    const key = keys.cometchatRequests(appId, minute)
    const answers = await redis
      .pipeline()
      .hincrby(key, kind, 1)
      .pexpire(key, KEPT_MS)
      .hmget(key, 'members', 'lookups')
      .exec()
    const [error, sums] = answers?.at(-1) ?? []
    if (error) throw error
    const [members, lookups] = Array.isArray(sums) ? sums : []
    return { members: Number(members ?? 0), lookups: Number(lookups ?? 0) }
  }
}
