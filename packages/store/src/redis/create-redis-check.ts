import type { RedisClient } from './connect.ts'
import { createEvictionCheck } from './create-eviction-check.ts'
import { createProbe } from './create-probe.ts'
import type { RedisTarget } from './target.ts'
import { createTroubleReport } from './trouble/create-trouble-report.ts'

/** Returns true, or what is wrong with Redis, in one line. Never rejects. */
export type RedisCheck = (limitMs: number) => Promise<true | string>

/**
 * Creates the check of Redis that readiness depends on: Redis accepts writes, and evicts none of them. If it accepts none, the
 * result says why as far as that is known, and which setting to correct.
 *
 * @param prefix the prefix of all keys
 */
export function createRedisCheck(client: RedisClient, target: RedisTarget, prefix: string): RedisCheck {
  const takesWrites = createProbe(client, prefix)
  const findEviction = createEvictionCheck(client, prefix)
  const findTrouble = createTroubleReport(target)
  return async limitMs => {
    const written = await takesWrites(limitMs)
    if (written === true) return (await findEviction(limitMs)) ?? true
    if (written) return describeRefusedWrites(written)
    return findTrouble() ?? `Redis accepts no writes within ${limitMs} ms`
  }
}

/**
 * Says that Redis answers and refuses writes, and which setting of Redis to correct.
 *
 * @param words Redis's own
 */
export const describeRefusedWrites = (words: string): string =>
  `Redis refuses writes: ${words}${words.startsWith('OOM') ? ' Raise maxmemory, or remove what else is in this Redis' : ''}`
