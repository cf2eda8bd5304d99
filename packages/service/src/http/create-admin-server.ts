import { fastify } from 'fastify'
import type { Registry } from 'prom-client'
import { within } from '../within.ts'
import { addHealthRoutes, type Checks } from './health.ts'

/** A worker's commands wait for Redis to come back, for ever if need be; whoever asks for a call does not. */
const READ_LIMIT_MS = 2_000

/** A session id takes 200 bytes at most, and three characters of a path for each of them; Fastify's limit is 100. */
const MAX_SESSION_ID_CHARACTERS = 600

/** What an operator's port needs. `readCall` finds all that is known of a call by its session id. */
export interface AdminDeps {
  registry: Registry
  checks: () => Promise<Checks>
  readCall: (sessionId: string) => Promise<object | undefined>
}

/** The operator's port: metrics, health, and the record of a call. It has no authentication: keep it inside. */
export function createAdminServer({ registry, checks, readCall }: AdminDeps) {
  const app = fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_SESSION_ID_CHARACTERS },
  })
  addHealthRoutes(app, checks)
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
  app.get<{ Params: { sessionId: string } }>('/calls/:sessionId', async (request, reply) => {
    const call = await within(READ_LIMIT_MS, readCall(request.params.sessionId))
    if (!call.done) {
      const message = `the record of the call could not be read: ${call.reason}`
      return reply.code(503).send({ error: { code: 'unavailable', message } })
    }
    if (call.value) return call.value
    const message = 'no call with this session id is on record (records are kept for a day)'
    return reply.code(404).send({ error: { code: 'not_found', message } })
  })
  return app
}
