import { fastify } from 'fastify'
import type { Registry } from 'prom-client'
import { addCallRoutes, type CallLookup } from './add-call-routes.ts'
import { addHealthRoutes, type Checks } from './add-health-routes.ts'
import { addPageFiles, addStatusRoute, type OperatorPage } from './add-page-routes.ts'
import { type HostRules, refuseForeignHosts } from './refuse-foreign-hosts.ts'
import { requireToken } from './require-token.ts'

const HOUR_MS = 3_600_000

/** A session id has at most 200 bytes, and an escaped byte takes three characters of a path. Fastify's default is 100. */
const MAX_SESSION_ID_CHARACTERS = 600

/** What the admin server needs. */
export interface AdminDeps {
  registry: Registry
  checks: () => Promise<Checks>
  calls: CallLookup
  /** Default: no page and no status. */
  page?: OperatorPage
  /** How long records are kept, ms. Default: a day. */
  recordsKeptMs?: number
  /** Host names to answer to besides loopback and IP addresses: ADMIN_ALLOWED_HOSTS. Default: none. */
  allowedHosts?: readonly string[]
  /**
   * The Bearer token for everything but health and the page's own files: ADMIN_TOKEN. Without one, calls and the status are told to
   * loopback only, because they name users. Default: none.
   */
  token?: string | undefined
}

/**
 * Creates the admin server: metrics, health, what became of calls, and a page that shows all of it. Any IP address is a good `Host`, because probes use that of
 * a pod or container, and no web page can make an address resolve to this machine.
 */
export function createAdminServer({
  registry,
  checks,
  calls,
  page,
  recordsKeptMs = 24 * HOUR_MS,
  allowedHosts = [],
  token,
}: AdminDeps) {
  const server = fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_SESSION_ID_CHARACTERS },
  })
  const rules: HostRules = { allowed: allowedHosts, anyAddress: true }
  server.addHook('onRequest', refuseForeignHosts(rules, 'ADMIN_ALLOWED_HOSTS'))
  addHealthRoutes(server, checks)
  if (page) addPageFiles(server, page)
  server.register(async guarded => {
    guarded.addHook('onRequest', requireToken(token))
    guarded.get('/metrics', async (_request, reply) =>
      reply.type(registry.contentType).send(await registry.metrics()),
    )
  })
  server.register(async guarded => {
    guarded.addHook('onRequest', requireToken(token, { orLoopback: true }))
    addCallRoutes(guarded, calls, recordsKeptMs / HOUR_MS)
    if (page) addStatusRoute(guarded, page)
  })
  return server
}
