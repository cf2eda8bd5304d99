import { addHealthRoutes, type Checks, type Logger } from '@ringer/service'
import type { CallQueue, DeviceRegistry } from '@ringer/store'
import { type FastifyBaseLogger, fastify } from 'fastify'
import { errorBody } from './http/error-body.ts'
import type { IngressMetrics } from './metrics.ts'
import { createAuthenticate, type RegistrationAuth } from './registration/authenticate.ts'
import { addRegistrationRoutes } from './registration/registration-routes.ts'
import type { WebhookCredentials } from './webhooks/verify-webhook.ts'
import { addWebhookRoutes } from './webhooks/webhook-routes.ts'

const BODY_LIMIT_BYTES = 256 * 1024

export interface IngressDeps {
  log: Logger
  callQueue: CallQueue
  devices: DeviceRegistry
  webhookCredentials: WebhookCredentials
  registrationAuth: RegistrationAuth
  appId: string | undefined
  /** How long a ring is worth anything. */
  ringMs: number
  checks: () => Promise<Checks>
  metrics: IngressMetrics
  /** Epoch ms. */
  clock?: () => number
}

/** The ingress as a Fastify app, with all its routes and nothing that listens yet. */
export function createIngress(deps: IngressDeps) {
  const { log, callQueue, devices, appId, ringMs, metrics, clock = Date.now } = deps
  const loggerInstance: FastifyBaseLogger = log
  const app = fastify({
    loggerInstance,
    // One line an answer, written by the routes; not two a request.
    disableRequestLogging: true,
    bodyLimit: BODY_LIMIT_BYTES,
    // Without it a client that sends its body for ever holds a connection for ever.
    requestTimeout: 10_000,
  })

  // Every body stays the bytes that were sent: credentials are verified over them before anything is parsed.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.setErrorHandler<{ statusCode?: number; code?: string }>((error, request, reply) => {
    const status = error.statusCode ?? 500
    if (status === 413) {
      return reply.code(413).send(errorBody('too_large', `the body is larger than ${BODY_LIMIT_BYTES} bytes`))
    }
    if (status === 415)
      return reply
        .code(415)
        .send(errorBody('unsupported_media_type', 'the content type must be application/json'))
    if (status < 500)
      return reply.code(status).send(errorBody('bad_request', `the request cannot be read (${error.code})`))
    request.log.error({ err: error }, 'a request failed')
    return reply.code(500).send(errorBody('internal', 'something went wrong here; please send it again'))
  })
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .send(errorBody('not_found', 'there is nothing here; webhooks go to POST /webhooks/cometchat')),
  )

  addHealthRoutes(app, deps.checks)
  addWebhookRoutes(app, { callQueue, credentials: deps.webhookCredentials, appId, ringMs, clock, metrics })
  addRegistrationRoutes(app, {
    devices,
    authenticate: createAuthenticate(deps.registrationAuth),
    appId,
    clock,
    metrics,
  })
  return app
}
