import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createStandInCredentials,
  type FakeApns,
  type FakeFcm,
  freshPrefix,
  type StartedRedis,
  startFakeApns,
  startFakeFcm,
  startFakeWebPush,
} from '@ringer/fakes'
import { createStateUrls } from '@ringer/payloads'
import { createProviders, type Provider, providers } from '@ringer/providers'
import { createLogger, type Logger } from '@ringer/service'
import {
  connectFailFast,
  connectPatient,
  createAnswerReports,
  createCallQueue,
  createCallRecords,
  createDeviceRegistry,
  createEventQueue,
  createKeys,
  createPhoneRings,
  createProbe,
  createWebhookLog,
  pushQueueName,
  type RedisTarget,
  waitUntilReady,
  watchRingChanges,
} from '@ringer/store'
import { forgetPrefix } from '../apps/cli/src/demo/forget-prefix.ts'
import { startProcess } from '../apps/cli/src/demo/start-process.ts'
import { createIngress, type IngressDeps } from '../apps/ingress/src/create-ingress.ts'
import type { IngressTenant } from '../apps/ingress/src/create-ingress-tenant.ts'
import { createIngressMetrics } from '../apps/ingress/src/metrics.ts'
import { createRegistrationLimit } from '../apps/ingress/src/registration/create-registration-limit.ts'
import { createSenderReports } from '../apps/worker/src/attempts/create-sender-reports.ts'
import { createWorker, type WorkerDeps } from '../apps/worker/src/create-worker.ts'
import { createWorkerMetrics, type WorkerMetrics } from '../apps/worker/src/metrics.ts'
import type { WorkerTenant } from '../apps/worker/src/worker-tenant.ts'
import { createApnsSender } from '../packages/providers/src/apns/create-sender.ts'
import { createFcmSender } from '../packages/providers/src/fcm/create-sender.ts'
import { createWebPushSender } from '../packages/providers/src/webpush/create-sender.ts'
import { it as redisIt } from './fixtures/redis.ts'

/** Where the stand-in for push services is. A worker and an ingress connect to inside hosts only if they are named. */
const STAND_IN_HOST = '127.0.0.1'

const standInCredentials = createStandInCredentials()
const log = createLogger('test', process.env.LOG_LEVEL ?? 'silent')

export const login = { username: 'cometchat', password: 'letmering1234' }
export const secret = 'orchard-lantern-copper'
export const registrationKey = 'a-registration-key-of-a-backend'
export const stateSecret = 'kestrel-harbour-lantern-4711-brisk'

const usualTenant: Omit<IngressTenant, 'ringMs'> = {
  appId: 'default',
  isNamed: false,
  credentials: { logins: [login], secrets: [secret] },
  registrationAuth: { kind: 'key', key: registrationKey },
  ringMeetings: false,
}

export interface WorldOptions {
  ringMs?: number
  ingress?: Partial<IngressDeps>
  /** Settings of the only tenant in the ingress that differ from the usual ones. */
  tenant?: Partial<IngressTenant>
  /** Pushes carry state URLs of the first ingress, and every ingress answers at them. Default: false. */
  stateUrls?: boolean
  /** Receipts are noted for the app's backend. Needs `stateUrls`. Default: false. */
  events?: boolean
}

/** How long an ingress in the tests' own process waits for Redis: the process may be busy. Processes of their own wait for 500 ms. */
const PATIENT_MS = 5_000

/** An ingress in the tests' own process that waits for Redis no longer than in production. */
export const impatient = { ingress: { storeLimitMs: 500 } } as const

/** Vitest's `it` with a world for each test. `worldOptions` sets it up: `it.extend('worldOptions', { ringMs: 5_000 })`. */
export const it = redisIt
  .extend('worldOptions', (): WorldOptions => ({}))
  .extend('world', async ({ redis, worldOptions }, { onCleanup }) => {
    const world = await startWorld(redis, worldOptions)
    onCleanup(() => world.close())
    return world
  })

/** Vitest's `it` with one world for all tests of a file. Each test has to use people and calls of its own. */
export const itInSharedWorld = redisIt
  .extend('worldOptions', { scope: 'file' }, (): WorldOptions => ({}))
  .extend('world', { scope: 'file' }, async ({ redis, worldOptions }, { onCleanup }) => {
    const world = await startWorld(redis, worldOptions)
    onCleanup(() => world.close())
    return world
  })

/**
 * Starts everything that a call passes through, over real sockets and a real Redis, under a prefix of its own.
 * Closing the world does not close Redis.
 *
 * @param redis a started Redis, or the address of a Cluster or of sentinels
 */
export async function startWorld(
  redis: StartedRedis | Exclude<RedisTarget, { kind: 'single' }>,
  options: WorldOptions = {},
) {
  const credentials = await standInCredentials
  const target: RedisTarget = 'url' in redis ? { kind: 'single', url: redis.url } : redis
  const prefix = freshPrefix()
  const keys = createKeys(prefix)
  const [apns, sandbox, fcm, webpush] = await Promise.all([
    startFakeApns({ credentials, environment: 'production' }),
    startFakeApns({ credentials, environment: 'sandbox' }),
    startFakeFcm({ credentials }),
    startFakeWebPush({ credentials }),
  ])
  /** An ingress reads the tokens alone; its address is known when it listens. */
  const stateUrlsAt = (publicUrl: string) => createStateUrls({ publicUrl, secrets: [stateSecret] })
  const closers: (() => Promise<unknown>)[] = []
  const folder = await mkdtemp(join(tmpdir(), 'ringer-test-'))
  closers.push(() => rm(folder, { recursive: true, force: true }))

  async function addIngress({
    tenant,
    ...overrides
  }: Partial<IngressDeps> & { tenant?: Partial<IngressTenant> } = {}) {
    const storeLimitMs = overrides.storeLimitMs ?? options.ingress?.storeLimitMs ?? PATIENT_MS
    const connection = connectFailFast(target, storeLimitMs)
    await waitUntilReady(connection, 5_000)
    const callQueue = createCallQueue(connection, prefix)
    const takesWrites = createProbe(connection, prefix)
    const server = createIngress({
      log,
      callQueue,
      webhookLog: createWebhookLog(connection, keys, 86_400_000),
      devices: createDeviceRegistry(connection, keys),
      records: createCallRecords(connection, keys),
      answerReports: createAnswerReports(connection, keys),
      providers: createProviders([STAND_IN_HOST]),
      tenants: [
        {
          ...{
            ...usualTenant,
            vapidPublicKey: credentials.vapid.publicKey,
            ringMs: options.ringMs ?? 30_000,
          },
          ...{ ...options.tenant, ...tenant },
        },
      ],
      limitRegistrations: createRegistrationLimit(connection, prefix),
      ...(options.stateUrls && {
        phones: {
          stateUrls: stateUrlsAt(''),
          rings: createPhoneRings(connection, keys),
          watch: listener => watchRingChanges(target, keys, listener),
          ...(options.events && {
            events: createEventQueue(connection, prefix, { isOn: () => true }),
          }),
        },
      }),
      checks: async () => ({ redis: (await takesWrites(500)) || 'Redis takes no writes' }),
      metrics: createIngressMetrics(),
      storeLimitMs,
      ...options.ingress,
      ...overrides,
    })
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    closers.push(async () => {
      await server.close()
      await callQueue.close()
      connection.disconnect()
    })
    return url
  }

  /** @param signals where its senders report. Default: nowhere */
  const workerTenant = (
    clock = Date.now,
    signals?: { log: Logger; metrics: WorkerMetrics },
  ): WorkerTenant => {
    const context = (provider: string) => ({
      ...{ legacyPayload: 'none' as const, clock },
      stateUrlOf: options.stateUrls ? stateUrlsAt(ingress).urlOf : undefined,
      reports: signals && createSenderReports({ appId: 'default', provider, ...signals }),
    })
    return {
      senders: new Map([
        ['apns', createApnsSender(apnsSettings(), context('apns'))],
        ['fcm', createFcmSender(fcmSettings(), context('fcm'))],
        ['webpush', createWebPushSender(webpushSettings(), context('webpush'))],
      ]),
      stopOtherDevices: false,
      alertMs: 86_400_000,
    }
  }

  /** Adds a worker in this process. `tenant` changes the settings of the only tenant, `tenants` replaces it. */
  function addWorker({
    clock = Date.now,
    log: workerLog = log,
    metrics = createWorkerMetrics(),
    known = providers,
    tenant = {},
    tenants = new Map([['default', { ...workerTenant(clock, { log: workerLog, metrics }), ...tenant }]]),
    logUids = true,
    mostEventJobs,
    queues = ['calls', ...known.map(({ name }) => pushQueueName(name))],
    retention,
    alertsPerMinute,
  }: {
    clock?: () => number
    log?: Logger
    metrics?: WorkerMetrics
    known?: readonly Provider[]
    tenant?: Partial<WorkerTenant>
    tenants?: ReadonlyMap<string, WorkerTenant>
    queues?: string[]
    logUids?: boolean
    mostEventJobs?: number
    retention?: WorkerDeps['retention']
    alertsPerMinute?: number
  } = {}) {
    const connection = connectPatient(target)
    const worker = createWorker({
      log: workerLog,
      clock,
      redis: connection,
      prefix,
      tenants,
      providers: known,
      queues,
      metrics,
      logUids,
      mostEventJobs,
      alertsPerMinute,
      ...(retention && { retention }),
    })
    closers.unshift(async () => {
      await worker.close()
      connection.disconnect()
    })
    return worker
  }

  const anyProcess = {
    ...redisSettings(target),
    RINGER_PREFIX: prefix,
    ADMIN_PORT: '0',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
  }
  const ingressEnvironment = {
    HOST: '127.0.0.1',
    PORT: '0',
    COMETCHAT_WEBHOOK_SECRET: secret,
    REGISTRATION_AUTH: 'key',
    REGISTRATION_KEY: registrationKey,
    VAPID_PUBLIC_KEY: credentials.vapid.publicKey,
    WEBPUSH_ENDPOINT_HOSTS: STAND_IN_HOST,
  }

  async function workerEnvironment() {
    const { apns: apple, fcm: google, ca } = credentials
    const caPath = join(folder, 'ca.pem')
    await writeFile(caPath, ca)
    return {
      APNS_KEY: apple.privateKey,
      APNS_KEY_ID: apple.keyId,
      APNS_TEAM_ID: apple.teamId,
      APNS_BUNDLE_ID: apple.bundleId,
      APNS_PRODUCTION_URL: apns.url,
      APNS_SANDBOX_URL: sandbox.url,
      APNS_CA_PATH: caPath,
      FIREBASE_PROJECT_ID: google.projectId,
      FIREBASE_CLIENT_EMAIL: google.clientEmail,
      FIREBASE_PRIVATE_KEY: google.privateKey,
      FCM_URL: fcm.url,
      FCM_TOKEN_URL: fcm.tokenUrl,
      FCM_CA_PATH: caPath,
      VAPID_PUBLIC_KEY: credentials.vapid.publicKey,
      VAPID_PRIVATE_KEY: credentials.vapid.privateKey,
      VAPID_SUBJECT: credentials.vapid.subject,
      WEBPUSH_ENDPOINT_HOSTS: STAND_IN_HOST,
      WEBPUSH_CA_PATH: caPath,
    }
  }

  async function addProcess(name: Parameters<typeof startProcess>[0], environment: Record<string, string>) {
    const started = await startProcess(name, { ...anyProcess, ...environment })
    closers.unshift(async () => {
      started.kill('SIGKILL')
      await started.ended
    })
    return { ...started, url: started.url ?? '' }
  }

  /**
   * Adds a worker as a process of its own, as in production, so that a test can kill it.
   *
   * @param more more environment, or other values for what is usual
   */
  const addWorkerProcess = async (more: Record<string, string> = {}) =>
    addProcess('worker', { ...(await workerEnvironment()), ...more })

  /** Adds an ingress as a process of its own, in the same way. */
  const addIngressProcess = (more: Record<string, string> = {}) =>
    addProcess('ingress', { ...ingressEnvironment, ...more })

  /** Adds an ingress and a worker in one process: `ringer serve`. */
  const addServeProcess = async (more: Record<string, string> = {}) =>
    addProcess('serve', { ...ingressEnvironment, ...(await workerEnvironment()), ...more })

  const apnsSettings = () => ({
    auth: {
      kind: 'token' as const,
      key: credentials.apns.privateKey,
      keyId: credentials.apns.keyId,
      teamId: credentials.apns.teamId,
    },
    bundleId: credentials.apns.bundleId,
    environment: 'production' as const,
    urls: { production: apns.url, sandbox: sandbox.url },
    ca: credentials.ca,
  })

  const fcmSettings = () => ({
    projectId: credentials.fcm.projectId,
    clientEmail: credentials.fcm.clientEmail,
    privateKey: credentials.fcm.privateKey,
    url: fcm.url,
    tokenUrl: fcm.tokenUrl,
    ca: credentials.ca,
    callType: 'incoming_call' as const,
  })

  const webpushSettings = () => ({
    ...credentials.vapid,
    endpointHosts: [STAND_IN_HOST],
    ca: credentials.ca,
  })

  const reader = connectPatient(target)
  const records = createCallRecords(reader, keys)
  const ingress = await addIngress()
  return {
    ...{ prefix, target, apns, sandbox, fcm, webpush, credentials, records, ingress, reader, keys },
    ...{
      addIngress,
      addIngressProcess,
      addServeProcess,
      addWorker,
      addWorkerProcess,
      workerTenant,
      apnsSettings,
      fcmSettings,
      webpushSettings,
    },
    devices: createDeviceRegistry(reader, keys),
    async close() {
      for (const close of closers) await close()
      // A Redis at REDIS_URL is left as it was.
      if (redis.kind === 'url') await forgetPrefix(redis.url, prefix)
      reader.disconnect()
      await Promise.all([apns, sandbox, fcm, webpush].map(standIn => standIn.close()))
    },
  }
}

/** The settings that tell a process where Redis is. */
function redisSettings(target: RedisTarget): Record<string, string> {
  const list = (addresses: { host: string; port: number }[]) =>
    addresses.map(({ host, port }) => `${host}:${port}`).join(',')
  switch (target.kind) {
    case 'single':
      return { REDIS_URL: target.url }
    case 'sentinel':
      return { REDIS_SENTINELS: list(target.sentinels), REDIS_SENTINEL_NAME: target.name }
    case 'cluster':
      return { REDIS_CLUSTER_NODES: list(target.nodes) }
  }
}

export type World = Awaited<ReturnType<typeof startWorld>>
export type { FakeApns, FakeFcm }
