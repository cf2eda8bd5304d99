import type { Logger } from '@ringer/service'
import type { FastifyInstance } from 'fastify'
import type { Counter } from 'prom-client'

/** How often idle connections make room, and how often the log says so. */
const PAUSE_MS = 1_000

/**
 * Limits how many connections are open at once; any more are closed as they arrive. At the limit, the connections that are
 * idle are closed first, so that connections without requests do not keep others out.
 */
export function limitConnections(
  { server }: FastifyInstance,
  { maxConnections, dropped, log }: { maxConnections: number; dropped: Counter; log: Logger },
): void {
  server.maxConnections = maxConnections
  let pausedUntil = 0
  server.on('drop', () => {
    dropped.inc()
    if (performance.now() < pausedUntil) return
    pausedUntil = performance.now() + PAUSE_MS
    log.warn({ maxConnections }, 'too many connections (MAX_CONNECTIONS); new ones are closed')
    server.closeIdleConnections()
  })
}
