import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createServer } from 'node:tls'

/**
 * Puts TLS before a stand-in that speaks plain HTTP on loopback: Ringer talks to CometChat in plain HTTP on one machine
 * only, and in containers the stand-in is on another. Rejects when the port is taken.
 *
 * @param options.upstreamPort the stand-in's own, on 127.0.0.1
 */
export async function serveWithTls(options: {
  cert: string
  key: string
  host: string
  port: number
  upstreamPort: number
}): Promise<{ port: number; close: () => Promise<void> }> {
  const open = new Set<Socket>()
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => open.delete(socket))
  }
  const server = createServer({ cert: options.cert, key: options.key }, secure => {
    const plain = connect(options.upstreamPort, '127.0.0.1')
    keep(plain)
    secure.on('close', () => plain.destroy())
    plain.on('close', () => secure.destroy())
    secure.pipe(plain).pipe(secure)
  })
  server.on('connection', keep)
  server.on('secureConnection', keep)
  server.on('tlsClientError', () => undefined)
  server.listen(options.port, options.host)
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: async () => {
      const gone = once(server, 'close')
      server.close()
      for (const socket of open) socket.destroy()
      await gone
    },
  }
}
