import { within } from '@ringer/service'
import type { DeviceRegistry } from '@ringer/store'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { errorBody } from '../http/error-body.ts'
import { header } from '../http/header.ts'
import { parseBody } from '../http/parse-body.ts'
import type { IngressMetrics } from '../metrics.ts'
import type { Authenticate } from './authenticate.ts'
import { registrationBodies } from './registration-body.ts'

export interface RegistrationDeps {
  devices: DeviceRegistry
  authenticate: Authenticate
  appId: string | undefined
  storeLimitMs: number
  clock: () => number
  metrics: IngressMetrics
}

/** Where apps, or their backend, say which phone belongs to whom. */
export function addRegistrationRoutes(app: FastifyInstance, deps: RegistrationDeps): void {
  const { devices, clock, metrics } = deps
  const appId = deps.appId ?? 'default'

  app.post('/api/push/register', (request, reply) =>
    withOwnBody(request, reply, registrationBodies.register, async (uid, body) => {
      const { deviceId } = await devices.register({ ...body, appId, uid }, clock())
      return { status: 'registered', deviceId }
    }),
  )

  app.post('/api/push/unregister', (request, reply) =>
    withOwnBody(request, reply, registrationBodies.unregister, async (uid, { token }) => {
      const known = await devices.unregister({ appId, uid }, token)
      return { status: known ? 'unregistered' : 'unknown' }
    }),
  )

  /** Authenticates, parses, and makes sure that nobody acts for somebody else, before anything is changed. */
  async function withOwnBody<Body extends { uid?: string | undefined }>(
    request: FastifyRequest,
    reply: FastifyReply,
    schema: z.ZodType<Body>,
    change: (uid: string, body: Body) => Promise<{ status: string; deviceId?: string }>,
  ) {
    const caller = await deps.authenticate(header(request, 'authorization'))
    if (!caller.ok) return refuse(reply, caller)
    const json = parseBody(request.body instanceof Buffer ? request.body : undefined)
    if (!json.ok) return refuse(reply, { status: 400, code: 'invalid_json', message: json.message })
    const parsed = schema.safeParse(json.value)
    if (!parsed.success) return refuse(reply, invalid(list(parsed.error)))
    const uid = caller.uid ?? parsed.data.uid
    if (uid === undefined) return refuse(reply, invalid('uid: is required'))
    if (parsed.data.uid !== undefined && parsed.data.uid !== uid) return refuse(reply, wrongUser)
    const changed = await within(deps.storeLimitMs, change(uid, parsed.data))
    if (!changed.done) return refuse(reply, notStored, changed.reason)
    const { status, deviceId } = changed.value
    metrics.registrations.inc({ answer: status })
    reply.log.info({ status: 200, answer: status, deviceId }, 'registration')
    return changed.value
  }

  /** Says no; the log hears a reason of its own where the caller need not know it. */
  function refuse(reply: FastifyReply, { status, code, message }: Refusal, reason = message) {
    metrics.registrations.inc({ answer: code })
    reply.log[status < 500 ? 'info' : 'warn']({ status, answer: code, reason }, 'registration')
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="ringer"')
    if (status === 503) reply.header('retry-after', '1')
    return reply.code(status).send(errorBody(code, message))
  }
}

interface Refusal {
  status: number
  code: string
  message: string
}

const invalid = (message: string): Refusal => ({ status: 400, code: 'invalid_registration', message })
const wrongUser: Refusal = {
  status: 403,
  code: 'wrong_user',
  message: 'uid: is not the user that the JWT was issued to (its claim sub)',
}
const notStored: Refusal = {
  status: 503,
  code: 'unavailable',
  message: 'this could not be stored; try again',
}

const list = (error: z.ZodError) =>
  error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ')
