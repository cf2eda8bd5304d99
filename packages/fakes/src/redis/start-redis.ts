import { type EmbeddedRedis, startEmbeddedRedis } from './embedded-redis.ts'
import { findOnPath } from './find-on-path.ts'
import { type RedisServer, startRedisServer } from './redis-server.ts'
import { requireRedisServer } from './require-redis-server.ts'

/** A Redis that somebody else runs. */
export interface ExternalRedis {
  url: string
  kind: 'url'
  /** Does nothing: it was not started here. */
  close(): Promise<void>
}

export type StartedRedis = ExternalRedis | RedisServer | EmbeddedRedis
export type { EmbeddedRedis, RedisServer }

export interface RedisOptions {
  /** Use this one; `REDIS_URL` of the environment unless told. */
  url?: string
  /** Start one of this kind, whatever `url` and `REDIS_URL` say. */
  kind?: 'redis-server' | 'embedded'
  /** More arguments for redis-server, such as `['--appendonly', 'yes']`. */
  args?: readonly string[]
}

/**
 * A Redis for tests and for the demo, the best that is to be had: the one at `url` or `REDIS_URL`, else a
 * `redis-server` on the PATH, else one written in JavaScript that runs in this process (about 15 times slower, nothing
 * kept). Throws when a kind is asked for that is not to be had.
 */
export function startRedis(options: RedisOptions & { kind: 'redis-server' }): Promise<RedisServer>
export function startRedis(options: RedisOptions & { kind: 'embedded' }): Promise<EmbeddedRedis>
export function startRedis(options?: RedisOptions): Promise<StartedRedis>
export async function startRedis(options: RedisOptions = {}): Promise<StartedRedis> {
  const { kind, args = [] } = options
  const url = options.url ?? (kind === undefined ? process.env.REDIS_URL : undefined)
  if (url && kind === undefined) return { url, kind: 'url', close: async () => undefined }
  if (kind === 'embedded') return startEmbeddedRedis()
  if (kind === undefined && !findOnPath('redis-server')) return startEmbeddedRedis()
  return startRedisServer(requireRedisServer(), args)
}
