import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createServer } from 'node:tls'

/**
 * Puts TLS in front of a stand-in that speaks plain HTTP on loopback. Ringer accepts plain HTTP for CometChat's API only
 * on the same machine, and in containers the stand-in runs on another one. Rejects if the port is taken.
 *
 * @param options.upstreamPort the stand-in's own port on 127.0.0.1
 */
export async function serveWithTls(options: {
  cert: string
  key: string
  host: string
  port: number
  upstreamPort: number
}): Promise<{ port: number; close: () => Promise<void> }> {
  const open = new Set<Socket>()
  const track = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => open.delete(socket))
  }
  const server = createServer({ cert: options.cert, key: options.key }, secure => {
    const plain = connect(options.upstreamPort, '127.0.0.1')
    track(plain)
    secure.on('close', () => plain.destroy())
    plain.on('close', () => secure.destroy())
    secure.pipe(plain).pipe(secure)
  })
  server.on('connection', track)
  server.on('secureConnection', track)
  server.on('tlsClientError', () => undefined)
  server.listen(options.port, options.host)
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}
