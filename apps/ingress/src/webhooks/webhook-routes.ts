import { type CallEvent, deadlineOf, type Fault, parseWebhook, readAppId } from '@ringer/payloads'
import { within } from '@ringer/service'
import type { CallQueue } from '@ringer/store'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorBody } from '../http/error-body.ts'
import { header } from '../http/header.ts'
import { isJson, parseBody } from '../http/parse-body.ts'
import type { IngressMetrics } from '../metrics.ts'
import { chooseApp, type WebhookApp } from './choose-app.ts'
import { isWorthReading, type Proof, verifyWebhook } from './verify-webhook.ts'

/** CometChat gives a webhook 2 s; a Redis that has not answered in this time is reported instead of waited for. */
export const STORE_LIMIT_MS = 500

export interface WebhookDeps {
  callQueue: CallQueue
  /** At least one. */
  apps: readonly WebhookApp[]
  storeLimitMs: number
  clock: () => number
  metrics: IngressMetrics
}

/** Verify, parse, enqueue: 200 once Redis has the event, and a refusal that says what is wrong otherwise. */
export function addWebhookRoutes(app: FastifyInstance, deps: WebhookDeps): void {
  const refuseUnread =
    (apps: readonly WebhookApp[]) => async (request: FastifyRequest, reply: FastifyReply) => {
      const proof = proofOf(request)
      if (!apps.some(app => isWorthReading(app.credentials, proof))) return refuseUnproven(reply)
    }

  const handle = (apps: readonly WebhookApp[]) => async (request: FastifyRequest, reply: FastifyReply) => {
    const receivedAt = deps.clock()
    const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
    const proof = proofOf(request)
    const proven = apps.filter(app => verifyWebhook(app.credentials, proof, body))
    if (proven.length === 0) return refuseUnproven(reply)
    if (!isJson(request.headers['content-type'])) return answer(reply, 415, notJson)
    const parsed = parseBody(body)
    if (!parsed.ok) return answer(reply, 400, errorBody('invalid_json', parsed.message))

    const chosen = chooseApp(proven, readAppId(parsed.value))
    if (!chosen.ok) return answer(reply, 400, chosen.body)
    const webhook = parseWebhook(parsed.value, chosen.app)
    if (webhook.status === 'invalid')
      return answer(reply, 400, errorBody('invalid_webhook', list(webhook.faults)))
    if (webhook.status === 'ignored') return answer(reply, 200, webhook)
    return store(reply, chosen.app, webhook.event, receivedAt)
  }

  function refuseUnproven(reply: FastifyReply) {
    return answer(reply.header('www-authenticate', 'Basic realm="ringer"'), 401, unauthorized)
  }

  async function store(reply: FastifyReply, app: WebhookApp, event: CallEvent, receivedAt: number) {
    const deadline = deadlineOf(receivedAt, event.sentAt, app.ringMs)
    const job = { appId: app.appId, event, receivedAt, deadline }
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
    app.post(path, { onRequest: refuseUnread(deps.apps) }, handle(deps.apps))
  }
  // CometChat's custom provider knows Basic only.
  const basicOnly = deps.apps.map(app => ({
    ...app,
    credentials: { logins: app.credentials.logins, secrets: [] },
  }))
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
const notStored = errorBody('unavailable', 'the event could not be stored in time; please send it again')

const list = (faults: Fault[]) => faults.map(({ path, message }) => `${path}: ${message}`).join('; ')
