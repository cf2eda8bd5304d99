import {
  connectFailFast,
  findTrouble,
  type RedisClient,
  type RedisTarget,
  waitUntilReady,
} from '@ringer/store'

const LIMIT_MS = 3_000

/**
 * Connects to Redis for a command that answers once.
 *
 * @throws Error that says in words why Redis does not answer
 */
export async function openRedis({ target }: { target: RedisTarget }): Promise<RedisClient> {
  const redis = connectFailFast(target, LIMIT_MS)
  if (await waitUntilReady(redis, LIMIT_MS)) return redis
  redis.disconnect()
  const trouble = await findTrouble(target)
  throw new Error(`Redis does not answer${trouble ? `: ${trouble}` : ''}; check REDIS_URL`)
}
