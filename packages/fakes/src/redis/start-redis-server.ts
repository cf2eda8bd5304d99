import { findOnPath } from './find-on-path.ts'
import { type ServerTls, tlsArgs } from './server-tls.ts'
import { type OwnServer, startOwnServer } from './start-own-server.ts'

/** A real Redis that this process started, and that can be killed, frozen and restarted. */
export interface RedisServer extends OwnServer {
  /** `rediss://` if it speaks TLS. */
  url: string
  kind: 'redis-server'
}

export interface RedisServerOptions {
  choosePort?: () => Promise<number>
  /** Speak only TLS, with these certificates. Default: only plain TCP. */
  tls?: ServerTls | undefined
  /** Default: the system's folder for temporary files. */
  folder?: string | undefined
}

/** Starts this binary on a free port of loopback, in a new folder. Nothing is persisted unless `args` say so. */
export async function startRedisServer(
  binary: string,
  args: readonly string[] = [],
  { choosePort, tls, folder: within }: RedisServerOptions = {},
): Promise<RedisServer> {
  const server = await startOwnServer({
    binary,
    args: (port, folder) => [...settings(port, folder), ...(tls ? tlsArgs(tls, port, folder) : []), ...args],
    within,
    ...(choosePort && { choosePort }),
  })
  const own: Pick<RedisServer, 'url' | 'kind'> = {
    url: `${tls ? 'rediss' : 'redis'}://127.0.0.1:${server.port}`,
    kind: 'redis-server',
  }
  // Not a copy, because `pid` changes at a restart.
  return Object.assign(server, own)
}

function settings(port: number, folder: string): string[] {
  const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder]
  return [...place, '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction']
}

/** Finds redis-server on the PATH; throws, saying how to install it, if it is not there. */
export function requireRedisServer(): string {
  const binary = findOnPath('redis-server')
  if (binary) return binary
  throw new Error(
    'redis-server is not on the PATH: install it (apt-get install redis-server), or set REDIS_URL',
  )
}
