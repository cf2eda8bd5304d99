import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Creates an HTTP server that cuts a connection when a second request arrives before the first one is answered.
 *
 * Node handles all the requests of one packet before it serves another connection. A stranger could send thousands of requests
 * in this way, and webhooks waited for 13 s. They still wait while Node parses the rest of the packet.
 */
export function createServerWithoutPipelining(options: ServerOptions, handle: RequestListener): Server {
  const answering = new WeakSet<Socket>()
  return createServer(options, (request, response) => {
    const { socket } = request
    // The other requests of the packet end here as well.
    if (answering.has(socket)) {
      socket.destroy()
      return
    }
    answering.add(socket)
    response.once('close', () => {
      if (!socket.destroyed) answering.delete(socket)
    })
    handle(request, response)
  })
}
