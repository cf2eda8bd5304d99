import { fastify } from 'fastify'
import type { Registry } from 'prom-client'
import { addHealthRoutes, type Checks } from './health.ts'

/** What an operator's port needs. `readCall` finds all that is known of a call by its session id. */
export interface AdminDeps {
  registry: Registry
  checks: () => Promise<Checks>
  readCall: (sessionId: string) => Promise<object | undefined>
}

/** The operator's port: metrics, health, and the record of a call. It has no authentication: keep it inside. */
export function createAdminServer({ registry, checks, readCall }: AdminDeps) {
  const app = fastify({ forceCloseConnections: true })
  addHealthRoutes(app, checks)
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
  app.get<{ Params: { sessionId: string } }>('/calls/:sessionId', async (request, reply) => {
    const call = await readCall(request.params.sessionId)
    if (call) return call
    const message = 'no call with this session id is on record (records are kept for a day)'
    return reply.code(404).send({ error: { code: 'not_found', message } })
  })
  return app
}
