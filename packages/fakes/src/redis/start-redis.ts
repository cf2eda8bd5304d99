import { findOnPath } from './find-on-path.ts'
import type { ServerTls } from './server-tls.ts'
import { type EmbeddedRedis, startEmbeddedRedis } from './start-embedded-redis.ts'
import { type RedisServer, requireRedisServer, startRedisServer } from './start-redis-server.ts'

/** A Redis that was already running. */
export interface ExternalRedis {
  url: string
  kind: 'url'
  /** Does nothing, because it was not started here. */
  close(): Promise<void>
}

export type StartedRedis = ExternalRedis | RedisServer | EmbeddedRedis
export type { EmbeddedRedis, RedisServer }

export interface RedisOptions {
  /** Use the Redis at this URL. Default: `REDIS_URL` of the environment. */
  url?: string
  /** Start a Redis of this kind. Takes precedence over `url` and `REDIS_URL`. */
  kind?: 'redis-server' | 'embedded'
  /** More arguments for redis-server, such as `['--appendonly', 'yes']`. */
  args?: readonly string[]
  /** Makes redis-server speak only TLS, with these certificates. */
  tls?: ServerTls
  /** Where redis-server gets a folder of its own. Default: the system's folder for temporary files. */
  folder?: string
}

/**
 * Returns the best Redis available, for tests and for the demo: the one at `url` or `REDIS_URL`, else a `redis-server`
 * from the PATH, else one written in JavaScript that runs in this process (about 15 times slower, persists nothing).
 * Throws if the requested kind is not available.
 */
export function startRedis(options: RedisOptions & { kind: 'redis-server' }): Promise<RedisServer>
export function startRedis(options: RedisOptions & { kind: 'embedded' }): Promise<EmbeddedRedis>
export function startRedis(options?: RedisOptions): Promise<StartedRedis>
export async function startRedis(options: RedisOptions = {}): Promise<StartedRedis> {
  const { kind, args = [], tls, folder } = options
  const url = options.url ?? (kind === undefined ? process.env.REDIS_URL : undefined)
  if (url && kind === undefined) return { url, kind: 'url', close: async () => undefined }
  if (kind === 'embedded') return startEmbeddedRedis()
  if (kind === undefined && !findOnPath('redis-server')) return startEmbeddedRedis()
  return startRedisServer(requireRedisServer(), args, { tls, folder })
}
