import type { Provider } from '@ringer/providers'
import { addHealthRoutes, type Checks, createOutageLog, type Logger, type OutageLog } from '@ringer/service'
import type { AnswerReports, CallQueue, CallRecords, DeviceRegistry, WebhookLog } from '@ringer/store'
import { type FastifyBaseLogger, fastify, LogController } from 'fastify'
import type { IngressTenant } from './create-ingress-tenant.ts'
import { createServerWithoutPipelining } from './http/create-server-without-pipelining.ts'
import { answerError } from './http/error-answers.ts'
import { limitClosing } from './http/limit-closing.ts'
import { watchHeaders } from './http/watch-headers.ts'
import type { IngressMetrics } from './metrics.ts'
import type { Phones } from './phones/phone-deps.ts'
import { addPhoneRoutes } from './phones/phone-routes.ts'
import { createAuthenticate, needsOf } from './registration/authenticate.ts'
import type { LimitRegistrations } from './registration/create-registration-limit.ts'
import { addRegistrationRoutes } from './registration/registration-routes.ts'
import { createGate, type GateOptions } from './trust/create-gate.ts'
import { createIsProxy } from './trust/create-is-proxy.ts'
import { limitConnections } from './trust/limit-connections.ts'
import { warnAboutProxies } from './trust/warn-about-proxies.ts'
import { addWebhookRoutes, STORE_LIMIT_MS } from './webhooks/webhook-routes.ts'

const BODY_LIMIT_BYTES = 256 * 1024

/** CometChat gives up after 2 s, and registrations are small. */
const REQUEST_LIMIT_MS = 5_000

/** Streams of state may take this share of the connections, so that webhooks always have the rest. */
const STREAMS_SHARE = 0.5

/** How long an idle connection stays open. Longer than proxies keep theirs, so that none sends into a closed one. */
const KEEP_ALIVE_MS = 72_000

export interface IngressDeps {
  log: Logger
  callQueue: CallQueue
  webhookLog: WebhookLog
  devices: DeviceRegistry
  records: CallRecords
  answerReports: AnswerReports
  /** At least one. */
  tenants: readonly IngressTenant[]
  /** All providers: they say which devices can be registered. */
  providers: readonly Provider[]
  limitRegistrations: LimitRegistrations
  /** What phones are told about rings. Default: nothing; pushes carry no state URL. */
  phones?: Phones | undefined
  checks: () => Promise<Checks>
  /** How long to wait for Redis. Default: 500 ms. */
  storeLimitMs?: number
  /** How long a client may take to send a request. Default: 5 s. */
  requestLimitMs?: number
  /** How many connections may be open at once. Default: 10,000. */
  maxConnections?: number | undefined
  /** The proxies whose X-Forwarded-For is believed: how many, or their networks. Default: none. */
  trustProxy?: number | string | undefined
  /** What the gate limits, for tests. */
  gate?: Pick<GateOptions, 'failuresPerMinute'>
  /** Whether the line of a registration names its user (LOG_UIDS). Default: true. */
  logUids?: boolean
  metrics: IngressMetrics
  /** Learns which webhooks could be stored. Default: one of its own. */
  redisOutage?: OutageLog
  /** Returns epoch ms. */
  clock?: () => number
}

/** Creates the ingress: a Fastify instance with all routes, not listening yet. */
export function createIngress(deps: IngressDeps) {
  const { log, callQueue, devices, tenants, providers, limitRegistrations, metrics, clock = Date.now } = deps
  const { redisOutage = createOutageLog({ log, what: 'Redis' }) } = deps
  const { requestLimitMs = REQUEST_LIMIT_MS, storeLimitMs = STORE_LIMIT_MS, maxConnections = 10_000 } = deps
  const loggerInstance: FastifyBaseLogger = log
  const isProxy = createIsProxy(deps.trustProxy)
  const server = fastify({
    loggerInstance,
    // The routes write one line for each answer; Fastify would write two for each request.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    // A path that cannot be decoded reaches no error handler, nor the hook that disconnects whoever still sends a body.
    frameworkErrors: (error, request, reply) =>
      answerError(error, request, reply.header('connection', 'close')),
    // Fastify trusts nobody if it is given a number.
    trustProxy: deps.trustProxy !== undefined && isProxy,
    // Without these limits a client that never finishes its request holds a connection forever. By default Node checks
    // every 30 s only, and it swaps the two limits if the one for the headers (default: 60 s) is the longer one.
    serverFactory: handle => {
      const http = createServerWithoutPipelining(
        {
          requestTimeout: requestLimitMs,
          headersTimeout: requestLimitMs,
          connectionsCheckingInterval: Math.min(500, requestLimitMs),
          keepAliveTimeout: KEEP_ALIVE_MS,
        },
        handle,
      )
      http.setTimeout(0)
      limitConnections(http, { log, maxConnections, isProxy, dropped: metrics.droppedConnections })
      return http
    },
    // A webhook that arrives over an open connection while the ingress closes is stored like any other. A 503 would
    // delay the call by 10 s, until CometChat retries, or lose it if retries are off.
    return503OnClosing: false,
  })

  // Every body stays the bytes that were sent: credentials are verified over them before anything is parsed.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  warnAboutProxies(server, deps.trustProxy)
  watchHeaders(server)
  server.setErrorHandler(answerError)
  limitClosing(server)
  addHealthRoutes(server, deps.checks)
  const gate = createGate({ log, metrics, ...deps.gate })
  server.addHook('onClose', async () => gate.flush())
  const shared = { callQueue, storeLimitMs, clock, metrics, gate }
  addWebhookRoutes(server, { ...shared, redisOutage, webhookLog: deps.webhookLog, tenants })
  if (deps.phones)
    addPhoneRoutes(server, {
      ...{ ...shared, ...deps.phones, providers },
      maxStreams: Math.floor(maxConnections * STREAMS_SHARE),
    })
  addRegistrationRoutes(server, {
    ...shared,
    devices,
    records: deps.records,
    answerReports: deps.answerReports,
    limitRegistrations,
    providers,
    logUids: deps.logUids ?? true,
    tenants: tenants.map(({ appId, isNamed, registrationAuth, registrationMove, vapidPublicKey }) => ({
      ...{ appId, isNamed, vapidPublicKey, move: registrationMove },
      authenticate: createAuthenticate(registrationAuth),
      needsOf: authorization => needsOf(registrationAuth, authorization),
    })),
  })
  return server
}
