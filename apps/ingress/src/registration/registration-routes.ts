import type { DeviceRegistry } from '@ringer/store'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { errorBody } from '../http/error-body.ts'
import { parseBody } from '../http/parse-body.ts'
import { within } from '../http/within.ts'
import type { IngressMetrics } from '../metrics.ts'
import { STORE_LIMIT_MS } from '../webhooks/webhook-routes.ts'
import type { Authenticate } from './authenticate.ts'
import { registrationBodies } from './registration-body.ts'

export interface RegistrationDeps {
  devices: DeviceRegistry
  authenticate: Authenticate
  appId: string | undefined
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
    change: (uid: string, body: Body) => Promise<{ status: string }>,
  ) {
    const caller = await deps.authenticate(request.headers.authorization)
    if (!caller.ok) return refuse(reply, caller.status, caller.code, caller.message)
    const json = parseBody(request.body instanceof Buffer ? request.body : undefined)
    if (!json.ok) return refuse(reply, 400, 'invalid_json', json.message)
    const parsed = schema.safeParse(json.value)
    if (!parsed.success) return refuse(reply, 400, 'invalid_registration', list(parsed.error))
    const uid = caller.uid ?? parsed.data.uid
    if (uid === undefined) return refuse(reply, 400, 'invalid_registration', 'uid: is required')
    if (parsed.data.uid !== undefined && parsed.data.uid !== uid) {
      return refuse(
        reply,
        403,
        'wrong_user',
        'uid: is not the user that the JWT was issued to (its claim sub)',
      )
    }
    const changed = await within(STORE_LIMIT_MS, change(uid, parsed.data))
    if (!changed.done) {
      return refuse(
        reply.header('retry-after', '1'),
        503,
        'unavailable',
        'this could not be stored; try again',
      )
    }
    metrics.registrations.inc({ answer: changed.value.status })
    return changed.value
  }

  function refuse(reply: FastifyReply, status: number, code: string, message: string) {
    metrics.registrations.inc({ answer: code })
    reply.log.info({ status, answer: code, reason: message }, 'registration')
    return reply.code(status).send(errorBody(code, message))
  }
}

const list = (error: z.ZodError) =>
  error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ')
