import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Creates an HTTP server that cuts a connection on which a second request arrives before the first one is answered. Node
 * parses and handles all the requests that one packet brings before it serves anybody else, so a stranger with some hundred
 * pipelined requests could keep webhooks waiting for seconds. No HTTP client pipelines unless it is told to, and a proxy
 * that does sends its requests again.
 */
export function createServerWithoutPipelining(options: ServerOptions, handle: RequestListener): Server {
  const answering = new WeakSet<Socket>()
  return createServer(options, (request, response) => {
    const { socket } = request
    // All further requests of the packet end here as well.
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
