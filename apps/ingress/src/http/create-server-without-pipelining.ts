import {
  createServer,
  IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http'
import type { Socket } from 'node:net'

/**
 * Creates an HTTP server that cuts a connection when a second request arrives before the first one is answered.
 *
 * Node handles all the requests of one packet before it serves another connection, even if the connection is destroyed
 * meanwhile: 2,500 of them in 64 KiB. A stranger could send thousands of requests in this way, and webhooks waited for 13 s.
 * Only at a request for an upgrade does Node stop reading a packet, so it takes the second request for one.
 */
export function createServerWithoutPipelining(options: ServerOptions, handle: RequestListener): Server {
  const answering = new WeakSet<Socket>()

  class Message extends IncomingMessage {
    constructor(socket: Socket) {
      super(socket)
      // Node assigns to it what the header says.
      if (answering.has(socket)) Object.defineProperty(this, 'upgrade', { get: () => true, set: () => {} })
    }
  }
  const server = createServer(
    {
      ...options,
      IncomingMessage: Message,
      shouldUpgradeCallback: ({ socket }) => answering.has(socket),
    },
    (request, response) => {
      const { socket } = request
      answering.add(socket)
      response.once('close', () => {
        if (!socket.destroyed) answering.delete(socket)
      })
      handle(request, response)
    },
  )
  return server.on('upgrade', (_request, socket) => socket.destroy())
}
