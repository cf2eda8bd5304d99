import { once } from 'node:events'
import { isIPv6, type Server, type Socket } from 'node:net'
import { type Relay, startRelay } from './start-relay.ts'

const UNSPECIFIED_HOSTS = ['0.0.0.0', '::']

/**
 * Starts a server on a free port of loopback, behind a relay on `host:port`. `close` cuts open connections and always
 * resolves. Connection errors never go unhandled. Rejects, and leaves nothing open, if the port is taken.
 */
export async function serveThroughRelay(
  server: Server,
  { host, port }: { host: string; port: number },
): Promise<{ relay: Relay; close: () => Promise<void> }> {
  const open = new Set<Socket>()
  const ignore = () => undefined
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('error', ignore)
    socket.on('close', () => open.delete(socket))
  })
  server.on('tlsClientError', ignore)
  server.on('sessionError', ignore)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.on('error', ignore)

  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of open) socket.destroy()
    await closed
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server is not on a TCP port')
  try {
    return { relay: await startRelay({ host, port, upstreamPort: address.port }), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The URL for a client on this machine, with a host name that the stand-ins' certificate covers. */
export function urlOf(scheme: 'http' | 'https', host: string, port: number): string {
  const name = UNSPECIFIED_HOSTS.includes(host) ? '127.0.0.1' : host
  return `${scheme}://${isIPv6(name) ? `[${name}]` : name}:${port}`
}
