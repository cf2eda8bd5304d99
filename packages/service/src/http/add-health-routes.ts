import type { FastifyInstance } from 'fastify'

/** The checks that readiness depends on, by name: true, or what is wrong, or figures with whether they are good enough. */
export type Checks = Record<string, true | string | { ready: boolean; [figure: string]: unknown }>

/** Whether all checks are good enough. */
export const isReady = (checks: Checks): boolean =>
  Object.values(checks).every(outcome => outcome === true || (typeof outcome === 'object' && outcome.ready))

/**
 * Adds the health routes. `GET /health/live` answers 200 while the process runs. `GET /health/ready` answers 200 if the
 * process can do its work, otherwise 503, with the outcome of every check.
 */
export function addHealthRoutes(server: FastifyInstance, check: () => Promise<Checks>): void {
  server.get('/health/live', async () => ({ status: 'live' }))
  server.get('/health/ready', async (_request, reply) => {
    const checks = await check()
    const ready = isReady(checks)
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks })
  })
}
