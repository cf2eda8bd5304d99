import type { FastifyInstance } from 'fastify'

/** Longer than any request in hand takes: a key set is waited for 2 s, Redis 0.5 s. */
const CLOSING_LIMIT_MS = 3_000

/**
 * Closing waits for every connection that is in the middle of a request, and from then on Node enforces no time limit
 * on them: a client that stopped half-way, or connected and said nothing, would hold the process until it is killed.
 */
export function limitClosing(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    const timer = setTimeout(() => app.server.closeAllConnections(), CLOSING_LIMIT_MS)
    app.server.once('close', () => clearTimeout(timer))
  })
}
