import type { RedisClient } from './connect.ts'
import { createEvictionCheck } from './create-eviction-check.ts'
import { createProbe } from './create-probe.ts'
import type { RedisTarget } from './target.ts'
import { createTroubleReport } from './trouble/create-trouble-report.ts'
import { explainRedisRefusal } from './trouble/explain-redis-refusal.ts'

/** Returns true, or what is wrong with Redis, in one line. Never rejects. */
export type RedisCheck = (limitMs: number) => Promise<true | string>

/**
 * Creates the check of Redis that readiness depends on: Redis accepts writes, and evicts none of them. If it accepts none, the
 * result says why as far as that is known, and which setting to correct.
 *
 * @param prefix the prefix of all keys
 */
export function createRedisCheck(client: RedisClient, target: RedisTarget, prefix: string): RedisCheck {
  let refusal: string | undefined
  const takesWrites = createProbe(client, prefix, error => {
    refusal = explainRedisRefusal(error)
  })
  const findEviction = createEvictionCheck(client, prefix)
  const findTrouble = createTroubleReport(target)
  return async limitMs => {
    if (await takesWrites(limitMs)) return (await findEviction(limitMs)) ?? true
    const trouble = findTrouble() ?? refusal
    if (trouble) return trouble
    const isConnected = client.status === 'ready'
    return isConnected
      ? `Redis accepts no writes within ${limitMs} ms`
      : 'Redis cannot be reached; ask again to learn why'
  }
}
