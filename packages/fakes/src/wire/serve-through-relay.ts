import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import { type Relay, startRelay } from './relay.ts'

/**
 * Has a server listen on loopback, any port, behind a relay on `host:port`. `close` cuts what is open behind it and always
 * ends; no error of a connection is left without a listener. Rejects, and leaves nothing open, when the port is taken.
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
    const gone = once(server, 'close')
    server.close()
    for (const socket of open) socket.destroy()
    await gone
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
