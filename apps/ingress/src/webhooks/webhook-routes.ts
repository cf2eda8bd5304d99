import {
  type CallEvent,
  deadlineOf,
  parseWebhook,
  readAppId,
  type WebhookFault,
  withoutContent,
} from '@ringer/payloads'
import { type OutageLog, within } from '@ringer/service'
import type { CallQueue, Enqueued, WebhookLog } from '@ringer/store'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorBody, errorBody } from '../http/error-answers.ts'
import { header, isJson, parseBody } from '../http/parse-request.ts'
import type { IngressMetrics } from '../metrics.ts'
import type { Gate } from '../trust/create-gate.ts'
import { chooseTenant, type WebhookTenant, wrongAppBody } from './choose-tenant.ts'
import { explainWebhookRefusal } from './explain-webhook-refusal.ts'
import { isWorthReading, type Proof, verifyWebhook } from './verify-webhook.ts'

/** CometChat gives a webhook 2 s. If Redis has not answered within this limit, the ingress answers 503 in time. */
export const STORE_LIMIT_MS = 500

export interface WebhookDeps {
  callQueue: CallQueue
  webhookLog: WebhookLog
  /** At least one. */
  tenants: readonly WebhookTenant[]
  storeLimitMs: number
  clock: () => number
  metrics: IngressMetrics
  gate: Gate
  redisOutage: Pick<OutageLog, 'failed' | 'worked'>
}

/** Adds the webhook routes: verify, parse, enqueue. 200 once Redis has the event, otherwise a refusal that says why. */
export function addWebhookRoutes(server: FastifyInstance, deps: WebhookDeps): void {
  const refuseUnread =
    (tenants: readonly WebhookTenant[]) => async (request: FastifyRequest, reply: FastifyReply) => {
      const proof = proofOf(request)
      if (!tenants.some(tenant => isWorthReading(tenant.credentials, proof)))
        return refuseUnverified(tenants, request, reply)
    }

  const handle =
    (tenants: readonly WebhookTenant[]) => async (request: FastifyRequest, reply: FastifyReply) => {
      const receivedAt = deps.clock()
      const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
      const proof = proofOf(request)
      const verified = tenants.filter(tenant => verifyWebhook(tenant.credentials, proof, body))
      if (verified.length === 0) return refuseUnverified(tenants, request, reply)
      if (!isJson(request.headers['content-type'])) return answer(reply, 415, notJson)
      const parsed = parseBody(body)
      if (!parsed.ok) return answer(reply, 400, errorBody('invalid_json', parsed.message))

      const chosen = chooseTenant(verified, readAppId(parsed.value))
      if (!chosen.ok) {
        if (chosen.body === wrongAppBody) {
          deps.gate.refused(request, { route: 'webhook', reason: 'wrong_app', status: 400 })
          deps.webhookLog.refused({ at: receivedAt, reason: 'wrong_app' })
        }
        return answer(reply, 400, chosen.body)
      }
      const webhook = parseWebhook(parsed.value, chosen.tenant)
      if (webhook.status === 'invalid') {
        const detail = list(webhook.faults)
        deps.webhookLog.refused({ at: receivedAt, reason: 'invalid_webhook', detail })
        return answer(reply, 400, errorBody('invalid_webhook', detail))
      }
      if (webhook.status === 'ignored') return answer(reply, 200, webhook)
      const { tenant } = chosen
      const event = tenant.pushContent === 'ids' ? withoutContent(webhook.event) : webhook.event
      return store(reply, tenant, event, receivedAt)
    }

  /** Not logged as an answer: the gate logs refusals, so that a flood of them cannot fill the log. */
  function refuseUnverified(tenants: readonly WebhookTenant[], request: FastifyRequest, reply: FastifyReply) {
    const credentials = tenants.map(tenant => tenant.credentials)
    const reason = explainWebhookRefusal(credentials, proofOf(request))
    const waitMs = deps.gate.failed(request, { route: 'webhook', reason, status: 401 })
    deps.webhookLog.refused({ at: deps.clock(), reason })
    const body = waitMs > 0 ? tooManyFailures : unauthorized
    deps.metrics.webhooks.inc({ answer: body.error.code })
    if (waitMs > 0)
      return reply
        .header('retry-after', Math.ceil(waitMs / 1_000))
        .code(429)
        .send(body)
    return reply.header('www-authenticate', 'Basic realm="ringer"').code(401).send(body)
  }

  async function store(reply: FastifyReply, tenant: WebhookTenant, event: CallEvent, receivedAt: number) {
    const deadline = deadlineOf(receivedAt, event.sentAt, tenant.ringMs)
    const job = { appId: tenant.appId, event, receivedAt, deadline }
    const { kind, sessionId, sentAt } = event
    if ((kind === 'ring' || kind === 'group') && sentAt !== undefined) {
      const ageMs = Math.max(0, receivedAt - sentAt)
      deps.metrics.webhookAge.observe({ app: tenant.appId }, ageMs / 1_000)
    }
    const stored = await within(deps.storeLimitMs, deps.callQueue.enqueue(job))
    const fields = { app: tenant.appId, event: kind, sessionId }
    if (!stored.done) {
      deps.redisOutage.failed(stored.reason)
      return answer(reply.header('retry-after', '1'), 503, notStored, { ...fields, reason: stored.reason })
    }
    deps.redisOutage.worked()
    deps.metrics.storeSeconds.observe((deps.clock() - receivedAt) / 1_000)
    const answered = answer(reply, 200, { status: stored.value }, fields)
    // After the answer, so that the answer needs only one round trip to Redis. Nobody waits for this.
    deps.webhookLog.stored(tenant.appId, receivedAt)
    void logWebhook(tenant.appId, event, receivedAt, stored.value)
    return answered
  }

  /** A ring that was queued gets a record of its own, so nothing more is written for most calls' first webhook. */
  async function logWebhook(appId: string, event: CallEvent, receivedAt: number, result: Enqueued) {
    const { kind, sessionId } = event
    if (kind === 'chat' || sessionId === undefined) return
    if (result === 'queued' && (kind === 'ring' || kind === 'group')) return
    const action = kind === 'end' ? { action: event.action } : {}
    await deps.webhookLog.add(appId, sessionId, { receivedAt, kind, answer: result, ...action })
  }

  /** @param more further fields of the log line; for a refused body they may name fields, but never hold values */
  async function answer(reply: FastifyReply, status: number, body: AnswerBody, more: object = {}) {
    const code = 'error' in body ? body.error.code : body.status
    deps.metrics.webhooks.inc({ answer: code })
    const reason = 'error' in body ? body.error.message : body.reason
    reply.log[status < 500 ? 'info' : 'warn']({ status, answer: code, reason, ...more }, 'webhook')
    return reply.code(status).send('error' in body ? body : { status: body.status, reason: body.reason })
  }

  for (const path of ['/webhooks/cometchat', '/webhooks/call', '/webhook/cometchat/call-received']) {
    server.post(path, { onRequest: refuseUnread(deps.tenants) }, handle(deps.tenants))
  }
  // CometChat's custom push provider supports Basic only.
  const basicOnly = deps.tenants.map(tenant => ({
    ...tenant,
    credentials: { logins: tenant.credentials.logins, secrets: [] },
  }))
  for (const path of ['/providers/cometchat', '/webhook']) {
    server.post(path, { onRequest: refuseUnread(basicOnly) }, handle(basicOnly))
  }
}

function proofOf(request: FastifyRequest): Proof {
  return {
    authorization: header(request, 'authorization'),
    signature: header(request, 'x-cometchat-signature'),
  }
}

type AnswerBody = ErrorBody | { status: string; reason?: string }

const unauthorized = errorBody(
  'unauthorized',
  'the Authorization header or x-cometchat-signature is missing, malformed or wrong',
)
const tooManyFailures = errorBody(
  'too_many_requests',
  'too many requests with missing or wrong credentials came from this address; try again later',
)
const notJson = errorBody('unsupported_media_type', 'the content type must be application/json')
const notStored = errorBody('unavailable', 'the event could not be stored in time; please send it again')

const list = (faults: WebhookFault[]) => faults.map(({ path, message }) => `${path}: ${message}`).join('; ')
