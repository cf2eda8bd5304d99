import { createHmac } from 'node:crypto'
import { freshPrefix } from '@ringer/fakes'
import type { CallJob } from '@ringer/payloads'
import { createLogger } from '@ringer/service'
import {
  CALLS,
  connectFailFast,
  connectPatient,
  createCallQueue,
  createDeviceRegistry,
  createKeys,
  ping,
  waitUntilReady,
} from '@ringer/store'
import { Queue } from 'bullmq'
import { onTestFinished } from 'vitest'
import { createIngress, type IngressApp, type IngressDeps } from '../src/app.ts'
import { createIngressMetrics } from '../src/metrics.ts'
import { createRegistrationLimit } from '../src/registration/create-registration-limit.ts'
import { type Sending, send } from './send.ts'

export const login = { username: 'cometchat', password: 'OpenSesame42' }
export const previousLogin = { username: 'cometchat', password: 'OpenSesame41' }
export const secret = 'signing-secret-of-today'
export const previousSecret = 'signing-secret-of-yesterday'
export const registrationKey = 'the-key-of-the-backend'

export const basic = ({ username, password }: typeof login, scheme = 'Basic') =>
  `${scheme} ${Buffer.from(`${username}:${password}`).toString('base64')}`

export const sign = (body: string | Buffer, key = secret) =>
  createHmac('sha256', key).update(body).digest('hex')

export const bearer = (credential: string) => `Bearer ${credential}`

export const onlyBasic = { logins: [login], secrets: [] }
export const onlySecret = { logins: [], secrets: [secret] }
export const both = { logins: [login, previousLogin], secrets: [secret, previousSecret] }

/** On a machine that is busy with other tests Redis may take its time; where that is the point, tests say so. */
const PATIENT_MS = 5_000

/** An ingress that runs for as long as the test does; see `openIngress`. */
export async function startIngress(...options: Parameters<typeof openIngress>) {
  const ingress = await openIngress(...options)
  onTestFinished(ingress.close)
  return ingress
}

/** `app` is what the only app is told otherwise than usual. */
export type IngressOptions = Partial<IngressDeps> & {
  changesPerMinute?: number
  staleMs?: number
  app?: Partial<IngressApp>
}

/** An app as tests have it; named only if they name it. */
export const onlyApp = (told: Partial<IngressApp> = {}): IngressApp => ({
  appId: 'default',
  isNamed: told.appId !== undefined,
  credentials: both,
  registrationAuth: { kind: 'key', key: registrationKey },
  ringMs: 30_000,
  ringMeetings: false,
  ...told,
})

/**
 * An ingress that listens on a port of its own, with a prefix that no other test uses, until it is closed.
 *
 * @param waitMs how long to wait for Redis before listening
 */
export async function openIngress(
  redisUrl: string,
  { changesPerMinute, staleMs, app: told = {}, ...overrides }: IngressOptions = {},
  waitMs = PATIENT_MS,
) {
  const { storeLimitMs = PATIENT_MS } = overrides
  const target = { kind: 'single', url: redisUrl } as const
  const prefix = freshPrefix()
  const keys = createKeys(prefix)
  const redis = connectFailFast(target, storeLimitMs)
  await waitUntilReady(redis, waitMs)
  const callQueue = createCallQueue(redis, prefix)
  const lines: string[] = []
  const app = createIngress({
    log: createLogger('ingress', 'trace', { write: line => void lines.push(line) }),
    callQueue,
    devices: createDeviceRegistry(redis, keys, staleMs === undefined ? {} : { staleMs }),
    apps: [onlyApp(told)],
    limitRegistrations: createRegistrationLimit(redis, prefix, changesPerMinute),
    checks: async () => ({ redis: (await ping(redis, storeLimitMs)) || 'Redis does not answer' }),
    metrics: createIngressMetrics(),
    storeLimitMs,
    ...overrides,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const reader = connectPatient(target)
  const queue = new Queue<CallJob>(CALLS, { connection: reader, prefix, skipMetasUpdate: true })
  queue.on('error', () => undefined)

  async function close() {
    await app.close()
    await callQueue.close()
    redis.disconnect()
    await ping(reader, 1_000).then(async there => {
      const left = there ? await reader.keys(`${prefix}*`) : []
      if (left.length > 0) await reader.unlink(...left)
    })
    await queue.close()
    reader.disconnect()
  }

  return {
    url,
    app,
    prefix,
    close,
    devices: createDeviceRegistry(reader, keys),
    /** Every line of the log, as text. */
    log: () => lines.join(''),
    /** Every key under the prefix: what was stored, whatever it is. */
    listKeys: () => reader.keys(`${prefix}*`),
    /** The jobs that wait, the next first. */
    storedJobs: async () => (await queue.getWaiting()).map(({ data }) => data),
    /** Delivers a webhook as CometChat does, with Basic unless told otherwise. */
    deliver: (webhook: unknown, { headers, ...sending }: Sending & { path?: string } = {}) =>
      send(`${url}${sending.path ?? '/webhooks/cometchat'}`, {
        body: typeof webhook === 'string' || webhook instanceof Buffer ? webhook : JSON.stringify(webhook),
        headers: { 'content-type': 'Application/json', ...(headers ?? { authorization: basic(login) }) },
        ...sending,
      }),
    /** The names of what is kept of devices and their owners. */
    listDeviceKeys: async () => (await reader.keys(`${prefix}*`)).filter(key => /:(device|user):/.test(key)),
    /** Registers or unregisters a phone as an app's backend does, by the key unless told otherwise. */
    register: (body: unknown, { headers, ...sending }: Sending & { path?: string } = {}) =>
      send(`${url}${sending.path ?? '/api/push/register'}`, {
        body: typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json', authorization: bearer(registrationKey), ...headers },
        ...sending,
      }),
    /** Lists a user's phones as an app's backend does, by the key unless told otherwise. */
    listDevices: (query: string, authorization = bearer(registrationKey)) =>
      send(`${url}/api/push/devices${query}`, { method: 'GET', headers: { authorization } }),
  }
}

export type StartedIngress = Awaited<ReturnType<typeof startIngress>>
