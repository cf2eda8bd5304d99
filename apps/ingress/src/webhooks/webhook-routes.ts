import { type CallEvent, deadlineOf, type Fault, parseWebhook } from '@ringer/payloads'
import { within } from '@ringer/service'
import type { CallQueue } from '@ringer/store'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorBody } from '../http/error-body.ts'
import { header } from '../http/header.ts'
import { isJson, parseBody } from '../http/parse-body.ts'
import type { IngressMetrics } from '../metrics.ts'
import { isWorthReading, type Proof, verifyWebhook, type WebhookCredentials } from './verify-webhook.ts'

/** CometChat gives a webhook 2 s; a Redis that has not answered in this time is reported instead of waited for. */
export const STORE_LIMIT_MS = 500

export interface WebhookDeps {
  callQueue: CallQueue
  credentials: WebhookCredentials
  /** The only CometChat app whose events are taken; undefined takes any. */
  appId: string | undefined
  ringMs: number
  storeLimitMs: number
  clock: () => number
  metrics: IngressMetrics
}

/** Verify, parse, enqueue: 200 once Redis has the event, and a refusal that says what is wrong otherwise. */
export function addWebhookRoutes(app: FastifyInstance, deps: WebhookDeps): void {
  const { credentials } = deps

  const refuseUnread =
    (accepted: WebhookCredentials) => async (request: FastifyRequest, reply: FastifyReply) => {
      if (!isWorthReading(accepted, proofOf(request))) return refuseUnproven(reply)
    }

  const handle = (accepted: WebhookCredentials) => async (request: FastifyRequest, reply: FastifyReply) => {
    const receivedAt = deps.clock()
    const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
    if (!verifyWebhook(accepted, proofOf(request), body)) return refuseUnproven(reply)
    if (!isJson(request.headers['content-type'])) return answer(reply, 415, notJson)
    const parsed = parseBody(body)
    if (!parsed.ok) return answer(reply, 400, errorBody('invalid_json', parsed.message))

    const webhook = parseWebhook(parsed.value)
    if (deps.appId !== undefined && webhook.appId !== undefined && webhook.appId !== deps.appId) {
      return answer(reply, 400, wrongApp)
    }
    if (webhook.status === 'invalid')
      return answer(reply, 400, errorBody('invalid_webhook', list(webhook.faults)))
    if (webhook.status === 'ignored') return answer(reply, 200, webhook)
    return store(reply, webhook.event, receivedAt)
  }

  function refuseUnproven(reply: FastifyReply) {
    return answer(reply.header('www-authenticate', 'Basic realm="ringer"'), 401, unauthorized)
  }

  async function store(reply: FastifyReply, event: CallEvent, receivedAt: number) {
    const job = {
      appId: deps.appId ?? 'default',
      event,
      receivedAt,
      deadline: deadlineOf(receivedAt, event.sentAt, deps.ringMs),
    }
    const stored = await within(deps.storeLimitMs, deps.callQueue.enqueue(job))
    if (!stored.done) {
      return answer(reply.header('retry-after', '1'), 503, notStored, { reason: stored.reason })
    }
    deps.metrics.storeSeconds.observe((deps.clock() - receivedAt) / 1_000)
    return answer(reply, 200, { status: stored.value }, { event: event.kind, sessionId: event.sessionId })
  }

  /** @param more what else the log line says; of a body that was refused it may name fields, never values */
  async function answer(reply: FastifyReply, status: number, body: Answer, more: object = {}) {
    const code = 'error' in body ? body.error.code : body.status
    deps.metrics.webhooks.inc({ answer: code })
    const reason = 'error' in body ? body.error.message : body.reason
    reply.log[status < 500 ? 'info' : 'warn']({ status, answer: code, reason, ...more }, 'webhook')
    return reply.code(status).send('error' in body ? body : { status: body.status, reason: body.reason })
  }

  for (const path of ['/webhooks/cometchat', '/webhooks/call', '/webhook/cometchat/call-received']) {
    app.post(path, { onRequest: refuseUnread(credentials) }, handle(credentials))
  }
  // CometChat's custom provider knows Basic only.
  const basicOnly = { logins: credentials.logins, secrets: [] }
  for (const path of ['/providers/cometchat', '/webhook']) {
    app.post(path, { onRequest: refuseUnread(basicOnly) }, handle(basicOnly))
  }
}

function proofOf(request: FastifyRequest): Proof {
  return {
    authorization: header(request, 'authorization'),
    signature: header(request, 'x-cometchat-signature'),
  }
}

type Answer = ReturnType<typeof errorBody> | { status: string; reason?: string }

const unauthorized = errorBody(
  'unauthorized',
  'the Authorization header or x-cometchat-signature is missing, malformed or wrong',
)
const notJson = errorBody('unsupported_media_type', 'the content type must be application/json')
const wrongApp = errorBody(
  'wrong_app',
  'appId is not the app that this server is configured for (COMETCHAT_APP_ID)',
)
const notStored = errorBody('unavailable', 'the event could not be stored in time; please send it again')

const list = (faults: Fault[]) => faults.map(({ path, message }) => `${path}: ${message}`).join('; ')
