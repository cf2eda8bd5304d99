import { addHealthRoutes, type Checks, type Logger } from '@ringer/service'
import type { CallQueue, DeviceRegistry } from '@ringer/store'
import { type FastifyBaseLogger, fastify, LogController } from 'fastify'
import { errorBody } from './http/error-body.ts'
import { limitClosing } from './http/limit-closing.ts'
import type { IngressMetrics } from './metrics.ts'
import { createAuthenticate, type RegistrationAuth } from './registration/authenticate.ts'
import type { LimitRegistrations } from './registration/create-registration-limit.ts'
import { addRegistrationRoutes } from './registration/registration-routes.ts'
import type { WebhookApp } from './webhooks/choose-app.ts'
import { addWebhookRoutes, STORE_LIMIT_MS } from './webhooks/webhook-routes.ts'

const BODY_LIMIT_BYTES = 256 * 1024

/** CometChat gives up after 2 s, and a registration is small. */
const REQUEST_LIMIT_MS = 5_000

/** What the ingress is told of one app. */
export interface IngressApp extends WebhookApp {
  registrationAuth: RegistrationAuth
}

export interface IngressDeps {
  log: Logger
  callQueue: CallQueue
  devices: DeviceRegistry
  /** The CometChat apps that are served: at least one. */
  apps: readonly IngressApp[]
  limitRegistrations: LimitRegistrations
  checks: () => Promise<Checks>
  /** How long Redis is waited for; 500 ms unless told. */
  storeLimitMs?: number
  /** How long a client may take to send a request; 5 s unless told. */
  requestLimitMs?: number
  metrics: IngressMetrics
  /** Epoch ms. */
  clock?: () => number
}

/** The ingress as a Fastify app, with all its routes and nothing that listens yet. */
export function createIngress(deps: IngressDeps) {
  const { log, callQueue, devices, metrics, clock = Date.now } = deps
  const { requestLimitMs = REQUEST_LIMIT_MS, storeLimitMs = STORE_LIMIT_MS } = deps
  const loggerInstance: FastifyBaseLogger = log
  const app = fastify({
    loggerInstance,
    // One line an answer, written by the routes; not two a request.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    // Without these a client that sends its body for ever holds a connection for ever. Node looks every 30 s unless
    // told, and exchanges the two limits when the one for the headers, 60 s unless told, is the longer one.
    requestTimeout: requestLimitMs,
    http: { headersTimeout: requestLimitMs, connectionsCheckingInterval: Math.min(500, requestLimitMs) },
    // A webhook that comes over an open connection while the ingress closes is stored like any other: the answer 503
    // would cost the call 10 s, or the call itself where CometChat was not told to try again.
    return503OnClosing: false,
  })

  // Every body stays the bytes that were sent: credentials are verified over them before anything is parsed.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.setErrorHandler<{ statusCode?: number; code?: string }>((error, request, reply) => {
    const status = error.statusCode ?? 500
    const answer = answerTo(status, error.code)
    if (status < 500) request.log.info({ status, answer: answer.error.code, reason: error.code }, 'refused')
    else request.log.error({ err: error }, 'a request failed')
    return reply.code(status).send(answer)
  })
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .send(errorBody('not_found', 'there is nothing here; webhooks go to POST /webhooks/cometchat')),
  )

  limitClosing(app)
  addHealthRoutes(app, deps.checks)
  const shared = { callQueue, storeLimitMs, clock, metrics }
  addWebhookRoutes(app, { ...shared, apps: deps.apps })
  const apps = deps.apps.map(({ appId, isNamed, registrationAuth }) => ({
    ...{ appId, isNamed },
    authenticate: createAuthenticate(registrationAuth),
  }))
  addRegistrationRoutes(app, { ...shared, apps, devices, limitRegistrations: deps.limitRegistrations })
  return app
}

/** What a request is told that no route came to see. */
function answerTo(status: number, code = 'unknown') {
  if (status === 413) return errorBody('too_large', `the body is larger than ${BODY_LIMIT_BYTES} bytes`)
  if (status === 415) return errorBody('unsupported_media_type', 'the content type must be application/json')
  if (status < 500) return errorBody('bad_request', `the request cannot be read (${code})`)
  return errorBody('internal', 'something went wrong here; please send it again')
}
