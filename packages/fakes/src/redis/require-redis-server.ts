import { findOnPath } from './find-on-path.ts'

/** The redis-server on the PATH; throws with the way to get one. */
export function requireRedisServer(): string {
  const binary = findOnPath('redis-server')
  if (binary) return binary
  throw new Error(
    'redis-server is not on the PATH: install it (apt-get install redis-server), or set REDIS_URL',
  )
}
