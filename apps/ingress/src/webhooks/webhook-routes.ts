import { type CallEvent, deadlineOf, type Fault, parseWebhook } from '@ringer/payloads'
import type { CallQueue } from '@ringer/store'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorBody } from '../http/error-body.ts'
import { isJson, parseBody } from '../http/parse-body.ts'
import { within } from '../http/within.ts'
import type { IngressMetrics } from '../metrics.ts'
import { verifyWebhook, type WebhookCredentials } from './verify-webhook.ts'

/** CometChat gives a webhook 2 s; a Redis that has not answered in this time is reported instead of waited for. */
export const STORE_LIMIT_MS = 500

export interface WebhookDeps {
  callQueue: CallQueue
  credentials: WebhookCredentials
  /** The only CometChat app whose events are taken; undefined takes any. */
  appId: string | undefined
  ringMs: number
  clock: () => number
  metrics: IngressMetrics
}

/** Verify, parse, enqueue: 200 once Redis has the event, and a refusal that says what is wrong otherwise. */
export function addWebhookRoutes(app: FastifyInstance, deps: WebhookDeps): void {
  const { credentials } = deps
  const handle = (accepted: WebhookCredentials) => async (request: FastifyRequest, reply: FastifyReply) => {
    const receivedAt = deps.clock()
    const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
    const signature = request.headers['x-cometchat-signature']
    const { authorization } = request.headers
    if (!verifyWebhook(accepted, { authorization, signature: signature?.toString(), body })) {
      return answer(reply.header('www-authenticate', 'Basic realm="ringer"'), 401, unauthorized)
    }
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

  async function store(reply: FastifyReply, event: CallEvent, receivedAt: number) {
    const job = {
      appId: deps.appId ?? 'default',
      event,
      receivedAt,
      deadline: deadlineOf(receivedAt, event.sentAt, deps.ringMs),
    }
    const stored = await within(STORE_LIMIT_MS, deps.callQueue.enqueue(job))
    if (!stored.done) return answer(reply.header('retry-after', '1'), 503, notStored)
    deps.metrics.storeSeconds.observe((deps.clock() - receivedAt) / 1_000)
    return answer(reply, 200, { status: stored.value })
  }

  async function answer(reply: FastifyReply, status: number, body: Answer) {
    const code = 'error' in body ? body.error.code : body.status
    deps.metrics.webhooks.inc({ answer: code })
    const reason = 'error' in body ? body.error.message : body.reason
    reply.log.info({ status, answer: code, reason }, 'webhook')
    return reply.code(status).send('error' in body ? body : { status: body.status, reason: body.reason })
  }

  for (const path of ['/webhooks/cometchat', '/webhooks/call', '/webhook/cometchat/call-received']) {
    app.post(path, handle(credentials))
  }
  // CometChat's custom provider knows Basic only.
  for (const path of ['/providers/cometchat', '/webhook']) {
    app.post(path, handle({ logins: credentials.logins, secrets: [] }))
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
