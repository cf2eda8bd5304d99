import type { FastifyInstance } from 'fastify'

/** Longer than any request in progress takes: the ingress waits 2 s for a key set, 0.5 s for Redis. */
const CLOSING_LIMIT_MS = 3_000

/**
 * Limits how long `server.close()` takes. It waits for every connection that is in the middle of a request, and Node
 * stops enforcing its time limits meanwhile: a client that stopped halfway, or that connected and sent nothing, would
 * hold the process until it is killed.
 */
export function limitClosing(server: FastifyInstance): void {
  server.addHook('preClose', async () => {
    const timer = setTimeout(() => server.server.closeAllConnections(), CLOSING_LIMIT_MS)
    server.server.once('close', () => clearTimeout(timer))
  })
}
