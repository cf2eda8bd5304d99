import type { FastifyInstance } from 'fastify'

/** What readiness depends on, each by name: true, or what is wrong, or figures and whether they will do. */
export type Checks = Record<string, true | string | { ready: boolean; [figure: string]: unknown }>

/**
 * `GET /health/live`: the process answers. `GET /health/ready`: it can do its work; 503 with what is wrong otherwise.
 */
export function addHealthRoutes(app: FastifyInstance, check: () => Promise<Checks>): void {
  app.get('/health/live', async () => ({ status: 'live' }))
  app.get('/health/ready', async (_request, reply) => {
    const checks = await check()
    const ready = Object.values(checks).every(
      outcome => outcome === true || (typeof outcome === 'object' && outcome.ready),
    )
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks })
  })
}
