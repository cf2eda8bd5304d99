import type { Provider } from '@ringer/providers'
import { within } from '@ringer/service'
import {
  type AnswerReports,
  type CallQueue,
  type CallRecords,
  type Device,
  type DeviceRegistry,
  healthOf,
} from '@ringer/store'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RouteShorthandOptions,
} from 'fastify'
import { z } from 'zod'
import { allowOtherOrigins } from '../http/allow-other-origins.ts'
import type { IngressMetrics } from '../metrics.ts'
import type { Gate } from '../trust/create-gate.ts'
import { createAdmission } from './create-admission.ts'
import { createRefuse } from './create-refuse.ts'
import type { LimitRegistrations } from './create-registration-limit.ts'
import { owner } from './fields/body-fields.ts'
import { appIdInQuery, findTenant, type RegistrationTenant } from './find-tenant.ts'
import { listRingable } from './list-ringable.ts'
import { type ClaimedOwner, type Owner, readRequest } from './read-request.ts'
import { notStored, type RequestRefusal, tooMany, webPushOff, wrongApp } from './refusal.ts'
import { createRegisterBody, type RegisterBody } from './register-body.ts'
import { registerDevices } from './register-devices.ts'
import { answeredBody, reportAnswer } from './report-answer.ts'
import { createUnregisterBody, type UnregisterBody } from './unregister-body.ts'

export interface RegistrationDeps {
  /** At least one. */
  tenants: readonly RegistrationTenant[]
  /** All providers: they say which platforms and tokens there are. */
  providers: readonly Provider[]
  devices: DeviceRegistry
  records: CallRecords
  callQueue: CallQueue
  answerReports: AnswerReports
  limitRegistrations: LimitRegistrations
  storeLimitMs: number
  /** Whether the log names users. Nothing else shows that a phone is registered for another user than the one who is called. */
  logUids: boolean
  clock: () => number
  metrics: IngressMetrics
  gate: Gate
}

/** A registration with two of the longest tokens takes less than 9 KB. */
const BODY_LIMIT_BYTES = 16 * 1024

/** What a request achieved. */
interface Done {
  /** The metric's label. */
  answer: string
  /** What the caller receives. */
  body: object
  /** Further fields of the log line, which never holds a token. */
  logged: object
}

type Act<Body> = (
  deps: RegistrationDeps,
  owner: Owner,
  body: Body,
  log: FastifyBaseLogger,
  login: string | undefined,
) => Promise<Done | RequestRefusal>

/** Adds the routes by which apps or their backends say which phone belongs to which user, and which one took a call. */
export function addRegistrationRoutes(server: FastifyInstance, deps: RegistrationDeps): void {
  const { metrics } = deps
  const admission = createAdmission(deps)
  const refuse = createRefuse(deps)

  /** The credential is looked at before the body is read. */
  const guarded: RouteShorthandOptions = {
    bodyLimit: BODY_LIMIT_BYTES,
    async onRequest(request, reply) {
      const refusal = await admission.beforeBody(request)
      if (refusal) return refuse(request, reply, refusal)
    },
  }

  allowOtherOrigins(server, '/api/push/')
  const registering = handle(createRegisterBody(deps.providers), register)
  const unregistering = handle(createUnregisterBody(deps.providers), unregister)
  server.post('/api/push/register', guarded, registering)
  server.post('/api/push/unregister', guarded, unregistering)
  server.get('/api/push/devices', guarded, handle(z.object(owner), list))
  server.get('/api/push/ringable', guarded, handle(z.object(owner), ringable))
  server.post('/api/push/answered', guarded, handle(answeredBody, answered))
  // The recipe for browsers has names of its own for the same two.
  server.post('/api/push/subscribe', guarded, registering)
  server.post('/api/push/unsubscribe', guarded, unregistering)
  server.get('/api/push/vapid', (request, reply) => {
    const found = findTenant(deps.tenants, appIdInQuery(request))
    if (!found.ok) return refuse(request, reply, wrongApp(found.message))
    const { vapidPublicKey: publicKey } = found.tenant
    return publicKey === undefined ? refuse(request, reply, webPushOff) : { publicKey }
  })

  function handle<Body extends ClaimedOwner>(schema: z.ZodType<Body>, act: Act<Body>) {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      const read = await readRequest(request, deps.tenants, admission, schema)
      if (!read.ok) return refuse(request, reply, read.refusal)
      const { owner, body, login } = read
      const done = await within(
        deps.storeLimitMs,
        unlessTooMany(owner, () => act(deps, owner, body, reply.log, login)),
      )
      if (!done.done) return refuse(request, reply, notStored(done.reason))
      if ('status' in done.value) return refuse(request, reply, done.value)
      const { answer, logged } = done.value
      metrics.registrations.inc({ answer })
      const uid = deps.logUids ? owner.uid : undefined
      reply.log.info({ status: 200, answer, ...logged, app: owner.appId, uid }, 'registration')
      return done.value.body
    }
  }

  async function unlessTooMany({ appId, uid }: Owner, act: () => Promise<Done | RequestRefusal>) {
    const limited = await deps.limitRegistrations(appId, uid)
    return limited.ok ? act() : tooMany(limited.retryAfterMs)
  }
}

async function register(
  { devices, tenants, clock }: RegistrationDeps,
  owner: Owner,
  body: RegisterBody,
  log: FastifyBaseLogger,
  login: string | undefined,
): Promise<Done | RequestRefusal> {
  const move = tenants.find(({ appId }) => appId === owner.appId)?.move
  const registered = await registerDevices({ devices, move, login, now: clock() }, owner, body.devices, log)
  if ('code' in registered) return registered
  const { deviceIds, moved } = registered
  const ids = { deviceId: deviceIds[0], ...(deviceIds.length > 1 && { deviceIds }) }
  return { answer: moved ? 'moved' : 'registered', body: { status: 'registered', ...ids }, logged: ids }
}

async function unregister(
  { devices }: RegistrationDeps,
  owner: Owner,
  { target }: UnregisterBody,
): Promise<Done> {
  const counts = await Promise.all(
    'tokens' in target
      ? target.tokens.map(token => devices.unregister(owner, token))
      : target.selectors.map(selector => devices.unregisterAll(owner, selector)),
  )
  const count = counts.reduce<number>((sum, each) => sum + Number(each), 0)
  const status = count > 0 ? 'unregistered' : 'unknown'
  return { answer: status, body: { status, count }, logged: { count } }
}

async function list({ devices }: RegistrationDeps, { appId, uid }: Owner): Promise<Done> {
  const own = await devices.list(appId, uid)
  return { answer: 'listed', body: { devices: own.map(describeDevice) }, logged: { count: own.length } }
}

/** For the app's backend, before it lets somebody call. Whoever may list a user's phones may ask this. */
async function ringable(deps: RegistrationDeps, owner: Owner): Promise<Done> {
  const body = await listRingable(deps, owner)
  return { answer: 'ringable', body, logged: { count: body.devices.length } }
}

/** A device as its owner sees it: everything but the token, with times in ISO 8601. */
function describeDevice(device: Device) {
  const { id, platform, kind, environment, bundleId, deviceId, setAsideAt, setAsideReason } = device
  const health = healthOf(device)
  return {
    ...{ id, platform, kind, environment, bundleId, deviceId },
    registeredAt: new Date(device.registeredAt).toISOString(),
    seenAt: new Date(device.seenAt).toISOString(),
    ...(Object.keys(health).length > 0 && { health }),
    // Nothing is pushed to it until it is registered again.
    ...(setAsideAt !== undefined && {
      setAside: { at: new Date(setAsideAt).toISOString(), reason: setAsideReason },
    }),
  }
}

async function answered(
  deps: RegistrationDeps,
  owner: Owner,
  body: z.infer<typeof answeredBody>,
): Promise<Done | RequestRefusal> {
  const reported = await reportAnswer(deps, owner, body)
  if ('code' in reported) return reported
  return { answer: 'answered', body: reported, logged: { sessionId: body.sessionId } }
}
