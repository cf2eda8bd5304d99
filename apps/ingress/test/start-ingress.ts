import { createHmac } from 'node:crypto'
import { freshPrefix } from '@ringer/fakes'
import { type CallJob, createStateUrls } from '@ringer/payloads'
import { providers } from '@ringer/providers'
import { createLogger } from '@ringer/service'
import {
  CALLS,
  connectFailFast,
  connectPatient,
  createAnswerReports,
  createCallQueue,
  createCallRecords,
  createDeviceRegistry,
  createKeys,
  createPhoneRings,
  createWebhookLog,
  ping,
  readWebhooks,
  waitUntilReady,
  watchRingChanges,
} from '@ringer/store'
import { Queue } from 'bullmq'
import { it as redisIt } from '../../../test/fixtures/redis.ts'
import { createIngress, type IngressDeps } from '../src/create-ingress.ts'
import type { IngressTenant } from '../src/create-ingress-tenant.ts'
import { createIngressMetrics } from '../src/metrics.ts'
import type { Phones } from '../src/phones/phone-deps.ts'
import { createRegistrationLimit } from '../src/registration/create-registration-limit.ts'
import { type Sending, send } from './send.ts'

export const login = { username: 'cometchat', password: 'OpenSesame42' }
export const previousLogin = { username: 'cometchat', password: 'OpenSesame41' }
export const secret = 'signing-secret-of-today'
export const previousSecret = 'signing-secret-of-yesterday'
export const registrationKey = 'the-key-of-the-backend'

export const stateSecret = 'kestrel-harbour-lantern-4711-brisk'
const publicUrl = 'https://ringer.test'

export const basic = ({ username, password }: typeof login, scheme = 'Basic') =>
  `${scheme} ${Buffer.from(`${username}:${password}`).toString('base64')}`

export const sign = (body: string | Buffer, key = secret) =>
  createHmac('sha256', key).update(body).digest('hex')

export const bearer = (credential: string) => `Bearer ${credential}`

export const onlyBasic = { logins: [login], secrets: [] }
export const onlySecret = { logins: [], secrets: [secret] }
export const both = { logins: [login, previousLogin], secrets: [secret, previousSecret] }

/** Redis may be slow on a machine that is busy with other tests. Tests of the limit itself set their own. */
const PATIENT_MS = 5_000

export interface IngressOptions extends Partial<Omit<IngressDeps, 'phones'>> {
  /** Default: one that no other test uses. */
  prefix?: string
  /** The secrets of state URLs. Default: one. */
  stateSecrets?: string[]
  /** Differences in what phones are told. */
  phones?: Partial<Phones>
  /** Leaves the routes of phones out. */
  withoutPhones?: boolean
  changesPerMinute?: number
  staleMs?: number
  /** How long to wait for Redis before listening. Default: 5 s. */
  redisWaitMs?: number
  /** Overrides for the only tenant. */
  tenant?: Partial<IngressTenant>
}

/** Creates a tenant with settings for tests. It has an app id of CometChat's only if one is given. */
export const createTestTenant = (overrides: Partial<IngressTenant> = {}): IngressTenant => ({
  appId: 'default',
  isNamed: overrides.appId !== undefined,
  credentials: both,
  registrationAuth: { kind: 'key', key: registrationKey },
  ringMs: 30_000,
  ringMeetings: false,
  ...overrides,
})

/** Starts an ingress in the Redis that the tests share. It closes with the test. */
export type StartIngress = (options?: IngressOptions) => Promise<StartedIngress>

/** Vitest's `it` with an `ingress` for each test, and with `startIngress` for one that differs from the usual ones. */
export const it = redisIt
  .extend(
    'startIngress',
    ({ redis, onTestFinished }): StartIngress =>
      async options => {
        const ingress = await openIngress(redis.url, options)
        onTestFinished(ingress.close)
        return ingress
      },
  )
  .extend('ingress', ({ startIngress }) => startIngress())

/** Starts an ingress on a free port, with a prefix that no other test uses. It runs until it is closed. */
export async function openIngress(
  redisUrl: string,
  { changesPerMinute, staleMs, redisWaitMs = PATIENT_MS, tenant, ...more }: IngressOptions = {},
) {
  const { prefix = freshPrefix(), stateSecrets = [stateSecret], phones, withoutPhones, ...overrides } = more
  const metrics = createIngressMetrics()
  const { storeLimitMs = PATIENT_MS } = overrides
  const target = { kind: 'single', url: redisUrl } as const
  const keys = createKeys(prefix)
  const redis = connectFailFast(target, storeLimitMs)
  await waitUntilReady(redis, redisWaitMs)
  const callQueue = createCallQueue(redis, prefix)
  const lines: string[] = []
  const server = createIngress({
    log: createLogger('ingress', 'trace', { write: line => void lines.push(line) }),
    callQueue,
    webhookLog: createWebhookLog(redis, keys, 86_400_000),
    records: createCallRecords(redis, keys),
    answerReports: createAnswerReports(redis, keys),
    devices: createDeviceRegistry(redis, keys, staleMs === undefined ? {} : { staleMs }),
    tenants: [createTestTenant(tenant)],
    providers,
    limitRegistrations: createRegistrationLimit(redis, prefix, changesPerMinute),
    phones: withoutPhones
      ? undefined
      : {
          stateUrls: createStateUrls({ publicUrl, secrets: stateSecrets }),
          rings: createPhoneRings(redis, keys),
          watch: listener => watchRingChanges(target, keys, listener),
          ...phones,
        },
    checks: async () => ({ redis: (await ping(redis, storeLimitMs)) || 'Redis does not answer' }),
    metrics,
    storeLimitMs,
    ...overrides,
  })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const reader = connectPatient(target)
  const notes = [keys.refusedWebhooks(), keys.apps()]
  const queue = new Queue<CallJob>(CALLS, { connection: reader, prefix, skipMetasUpdate: true })
  queue.on('error', () => undefined)

  async function close() {
    await server.close()
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
    server,
    prefix,
    close,
    devices: createDeviceRegistry(reader, keys),
    /** The metrics, as text. Not those of a test's own. */
    metrics: () => metrics.registry.metrics(),
    /** The whole log, as text. */
    log: () => lines.join(''),
    /** Lists the keys under the prefix, which shows whether anything was stored. Leaves out notes about webhooks. */
    listKeys: async () => (await reader.keys(`${prefix}*`)).filter(key => !notes.includes(key)),
    /** The waiting jobs, the next one first. */
    storedJobs: async () => (await queue.getWaiting()).map(({ data }) => data),
    /** Delivers a webhook as CometChat does. Default credentials: Basic. */
    deliver: (webhook: unknown, { headers, ...sending }: Sending & { path?: string } = {}) =>
      send(`${url}${sending.path ?? '/webhooks/cometchat'}`, {
        body: typeof webhook === 'string' || webhook instanceof Buffer ? webhook : JSON.stringify(webhook),
        headers: { 'content-type': 'Application/json', ...(headers ?? { authorization: basic(login) }) },
        ...sending,
      }),
    /** Reads what is logged of a session's webhooks. */
    readWebhooks: (sessionId: string, appId = 'default') => readWebhooks(reader, keys, appId, sessionId),
    /** Lists the keys of devices and their owners. */
    listDeviceKeys: async () => (await reader.keys(`${prefix}*`)).filter(key => /:(device|user):/.test(key)),
    /** Registers or unregisters a phone as an app's backend does. Default credential: the key. */
    register: (body: unknown, { headers, ...sending }: Sending & { path?: string } = {}) =>
      send(`${url}${sending.path ?? '/api/push/register'}`, {
        body: typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json', authorization: bearer(registrationKey), ...headers },
        ...sending,
      }),
    /** Lists a user's phones as an app's backend does. Default credential: the key. */
    listDevices: (query: string, authorization = bearer(registrationKey)) =>
      send(`${url}/api/push/devices${query}`, { method: 'GET', headers: { authorization } }),
    /** Asks which of a user's phones would ring, as an app's backend does. Default credential: the key. */
    listRingable: (query: string, authorization = bearer(registrationKey)) =>
      send(`${url}/api/push/ringable${query}`, { method: 'GET', headers: { authorization } }),
  }
}

export type StartedIngress = Awaited<ReturnType<typeof openIngress>>
