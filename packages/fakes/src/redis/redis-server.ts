import { type OwnServer, startOwnServer } from './start-own-server.ts'

/** A real Redis of one's own, which may be killed, frozen and restarted. */
export interface RedisServer extends OwnServer {
  url: string
  kind: 'redis-server'
}

/** Starts this binary on loopback, on a free port, in a folder of its own; nothing is persisted unless `args` say so. */
export async function startRedisServer(
  binary: string,
  args: readonly string[] = [],
  choosePort?: () => Promise<number>,
): Promise<RedisServer> {
  const server = await startOwnServer({
    binary,
    args: (port, folder) => [...settings(port, folder), ...args],
    ...(choosePort && { choosePort }),
  })
  const own: Pick<RedisServer, 'url' | 'kind'> = {
    url: `redis://127.0.0.1:${server.port}`,
    kind: 'redis-server',
  }
  // Not a copy: `pid` changes when it is restarted.
  return Object.assign(server, own)
}

function settings(port: number, folder: string): string[] {
  const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder]
  return [...place, '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction']
}
