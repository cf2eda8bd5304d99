import { fastify } from 'fastify'
import type { Registry } from 'prom-client'
import { within } from '../within.ts'
import { addHealthRoutes, type Checks } from './add-health-routes.ts'
import { refuseForeignHosts } from './refuse-foreign-hosts.ts'

/** How long reading a call may take. A worker's commands wait until Redis is back, but an HTTP client should not. */
const READ_LIMIT_MS = 2_000

const HOUR_MS = 3_600_000

/** A session id has at most 200 bytes, and an escaped byte takes three characters of a path. Fastify's default is 100. */
const MAX_SESSION_ID_CHARACTERS = 600

/** What the admin server needs. `readCall` finds all that is known of a call by its session id. */
export interface AdminDeps {
  registry: Registry
  checks: () => Promise<Checks>
  readCall: (sessionId: string) => Promise<object | undefined>
  /** How long records are kept, ms. Default: a day. */
  recordsKeptMs?: number
  /** Host names to answer to besides loopback and IP addresses: ADMIN_ALLOWED_HOSTS. Default: none. */
  allowedHosts?: readonly string[]
}

/**
 * Creates the admin server: metrics, health, and the records of calls. It has no authentication, so its port must not be
 * reachable from outside. Any IP address is a good `Host`, because probes use that of a pod or container, and no web page can
 * make an address resolve to this machine.
 */
export function createAdminServer({
  registry,
  checks,
  readCall,
  recordsKeptMs = 24 * HOUR_MS,
  allowedHosts = [],
}: AdminDeps) {
  const server = fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_SESSION_ID_CHARACTERS },
  })
  const rules = { allowed: allowedHosts, anyAddress: true }
  server.addHook('onRequest', refuseForeignHosts(rules, 'ADMIN_ALLOWED_HOSTS'))
  addHealthRoutes(server, checks)
  server.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
  server.get<{ Params: { sessionId: string } }>('/calls/:sessionId', async (request, reply) => {
    const call = await within(READ_LIMIT_MS, readCall(request.params.sessionId))
    if (!call.done) {
      const message = `could not read the record of the call: ${call.reason}`
      return reply.code(503).send({ error: { code: 'unavailable', message } })
    }
    if (call.value) return call.value
    const hours = recordsKeptMs / HOUR_MS
    const message = `there is no record of a call with this session id (records are kept for ${hours} h)`
    return reply.code(404).send({ error: { code: 'not_found', message } })
  })
  return server
}
