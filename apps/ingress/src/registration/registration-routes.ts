import { within } from '@ringer/service'
import type { CallQueue, DeviceRegistry } from '@ringer/store'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { errorBody } from '../http/error-body.ts'
import type { IngressMetrics } from '../metrics.ts'
import { owner } from './body-fields.ts'
import type { LimitRegistrations } from './create-registration-limit.ts'
import { describeDevice } from './describe-device.ts'
import type { RegistrationApp } from './find-app.ts'
import { readRequest } from './read-request.ts'
import { notStored, type Refusal, tooMany, webPushUnsupported } from './refusal.ts'
import { registerBody } from './register-body.ts'
import { answeredBody, reportAnswer } from './report-answer.ts'
import { unregisterBody } from './unregister-body.ts'

export interface RegistrationDeps {
  /** Those that phones can be registered for: at least one. */
  apps: readonly RegistrationApp[]
  devices: DeviceRegistry
  callQueue: CallQueue
  limitRegistrations: LimitRegistrations
  storeLimitMs: number
  clock: () => number
  metrics: IngressMetrics
}

type Owner = { appId: string; uid: string }
type Named = { appId?: string | undefined; uid?: string | undefined }

/** What was done: in a word for the metrics, for the caller, and for the log, which hears of no user and no token. */
interface Done {
  answer: string
  body: object
  noted: object
}

/** Where apps, or their backend, say which phone belongs to whom, and which one took a call. */
export function addRegistrationRoutes(app: FastifyInstance, deps: RegistrationDeps): void {
  const { metrics } = deps

  app.post('/api/push/register', handle(registerBody, register))
  app.post('/api/push/unregister', handle(unregisterBody, unregister))
  app.get('/api/push/devices', handle(z.object(owner), list))
  app.post('/api/push/answered', handle(answeredBody, answered))
  for (const path of ['/api/push/subscribe', '/api/push/unsubscribe']) {
    app.post(path, async (_request, reply) => refuse(reply, webPushUnsupported))
  }

  function handle<Said extends Named>(
    schema: z.ZodType<Said>,
    act: (deps: RegistrationDeps, owner: Owner, said: Said) => Promise<Done | Refusal>,
  ) {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      const understood = await readRequest(request, deps.apps, schema)
      if (!understood.ok) return refuse(reply, understood.refusal)
      const { appId, uid, said } = understood
      const done = await within(
        deps.storeLimitMs,
        count({ appId, uid }, () => act(deps, { appId, uid }, said)),
      )
      if (!done.done) return refuse(reply, notStored(done.reason))
      if ('status' in done.value) return refuse(reply, done.value)
      const { answer, body, noted } = done.value
      metrics.registrations.inc({ answer })
      reply.log.info({ status: 200, answer, ...noted }, 'registration')
      return body
    }
  }

  async function count({ appId, uid }: Owner, act: () => Promise<Done | Refusal>) {
    const limited = await deps.limitRegistrations(appId, uid)
    return limited.ok ? act() : tooMany(limited.retryAfterMs)
  }

  function refuse(reply: FastifyReply, { status, code, message, reason = message, retryAfterMs }: Refusal) {
    metrics.registrations.inc({ answer: code })
    reply.log[status === 503 ? 'warn' : 'info']({ status, answer: code, reason }, 'registration')
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="ringer"')
    if (retryAfterMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1_000)))
    return reply.code(status).send(errorBody(code, message))
  }
}

async function register(
  { devices, clock }: RegistrationDeps,
  owner: Owner,
  body: z.infer<typeof registerBody>,
): Promise<Done> {
  const now = clock()
  const stored = await Promise.all(body.devices.map(device => devices.register({ ...device, ...owner }, now)))
  const deviceIds = stored.map(({ deviceId }) => deviceId)
  const named = { deviceId: deviceIds[0], ...(deviceIds.length > 1 && { deviceIds }) }
  return { answer: 'registered', body: { status: 'registered', ...named }, noted: named }
}

async function unregister(
  { devices }: RegistrationDeps,
  owner: Owner,
  { forget }: z.infer<typeof unregisterBody>,
): Promise<Done> {
  const count =
    'tokens' in forget
      ? (await Promise.all(forget.tokens.map(token => devices.unregister(owner, token)))).filter(Boolean)
          .length
      : await devices.unregisterAll(owner, forget.selector)
  const status = count > 0 ? 'unregistered' : 'unknown'
  return { answer: status, body: { status, count }, noted: { count } }
}

async function list({ devices }: RegistrationDeps, { appId, uid }: Owner): Promise<Done> {
  const own = await devices.list(appId, uid)
  return { answer: 'listed', body: { devices: own.map(describeDevice) }, noted: { count: own.length } }
}

async function answered(
  deps: RegistrationDeps,
  owner: Owner,
  said: z.infer<typeof answeredBody>,
): Promise<Done | Refusal> {
  const reported = await reportAnswer(deps, owner, said)
  if ('code' in reported) return reported
  return { answer: 'answered', body: reported, noted: { sessionId: said.sessionId } }
}
