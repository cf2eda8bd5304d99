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
  startRedis,
} from '@ringer/fakes'
import { createLogger } from '@ringer/service'
import {
  connectFailFast,
  connectPatient,
  createCallQueue,
  createCallRecords,
  createDeviceRegistry,
  createKeys,
  createProbe,
  type RedisTarget,
  waitUntilReady,
} from '@ringer/store'
import { forgetPrefix } from '../apps/cli/src/demo/forget-prefix.ts'
import { startProcess } from '../apps/cli/src/demo/start-process.ts'
import { createIngress, type IngressApp, type IngressDeps } from '../apps/ingress/src/app.ts'
import { createIngressMetrics } from '../apps/ingress/src/metrics.ts'
import { createRegistrationLimit } from '../apps/ingress/src/registration/create-registration-limit.ts'
import { createWorker } from '../apps/worker/src/app.ts'
import { createWorkerMetrics } from '../apps/worker/src/metrics.ts'
import { createApnsSender } from '../apps/worker/src/pushes/apns/create-apns-sender.ts'
import { createFcmSender } from '../apps/worker/src/pushes/fcm/create-fcm-sender.ts'
import type { WorkerApp } from '../apps/worker/src/worker-app.ts'

const stand = createStandInCredentials()
const log = createLogger('test', process.env.LOG_LEVEL ?? 'silent')

export const login = { username: 'cometchat', password: 'letmering1234' }
export const secret = 'a-webhook-secret'
export const registrationKey = 'a-registration-key-of-a-backend'

const usualApp: Omit<IngressApp, 'ringMs'> = {
  appId: 'default',
  isNamed: false,
  credentials: { logins: [login], secrets: [secret] },
  registrationAuth: { kind: 'key', key: registrationKey },
  ringMeetings: false,
}

/** Everything that a call goes through, over real sockets and a real Redis, under a prefix of its own. */
export async function startWorld(
  options: {
    redis?: StartedRedis
    /** Where Redis is, if it is not a single one. */
    target?: Exclude<RedisTarget, { kind: 'single' }>
    ringMs?: number
    ingress?: Partial<IngressDeps>
    /** What the only app wants of the ingress otherwise than usual. */
    app?: Partial<IngressApp>
  } = {},
) {
  const credentials = await stand
  const redisServer = options.redis ?? (options.target ? undefined : await startRedis())
  const target: RedisTarget = options.target ?? { kind: 'single', url: redisServer?.url ?? '' }
  const prefix = freshPrefix()
  const keys = createKeys(prefix)
  const [apns, sandbox, fcm] = await Promise.all([
    startFakeApns({ credentials, environment: 'production' }),
    startFakeApns({ credentials, environment: 'sandbox' }),
    startFakeFcm({ credentials }),
  ])
  const closing: (() => Promise<unknown>)[] = []
  const folder = await mkdtemp(join(tmpdir(), 'ringer-test-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))

  async function addIngress({
    app: told = {},
    ...overrides
  }: Partial<IngressDeps> & { app?: Partial<IngressApp> } = {}) {
    const redis = connectFailFast(target, overrides.storeLimitMs ?? options.ingress?.storeLimitMs ?? 500)
    await waitUntilReady(redis, 5_000)
    const callQueue = createCallQueue(redis, prefix)
    const takesWrites = createProbe(redis, prefix)
    const app = createIngress({
      log,
      callQueue,
      devices: createDeviceRegistry(redis, keys),
      apps: [{ ...usualApp, ringMs: options.ringMs ?? 30_000, ...options.app, ...told }],
      limitRegistrations: createRegistrationLimit(redis, prefix),
      checks: async () => ({ redis: (await takesWrites(500)) || 'Redis takes no writes' }),
      metrics: createIngressMetrics(),
      ...options.ingress,
      ...overrides,
    })
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    closing.push(async () => {
      await app.close()
      await callQueue.close()
      redis.disconnect()
    })
    return url
  }

  const workerApp = (clock = Date.now): WorkerApp => ({
    senders: [createApnsSender(apnsConfig(), clock), createFcmSender(fcmConfig(), clock)],
    stopOtherDevices: false,
    alertMs: 86_400_000,
  })

  /** A worker in this process; `app` is what the app of these tests wants besides rings. */
  function addWorker({
    clock = Date.now,
    app = {},
    apps = new Map([['default', { ...workerApp(clock), ...app }]]),
  }: {
    clock?: () => number
    app?: Partial<WorkerApp>
    apps?: ReadonlyMap<string, WorkerApp>
  } = {}) {
    const redis = connectPatient(target)
    const worker = createWorker({
      log,
      clock,
      redis,
      prefix,
      apps,
      queues: ['calls', 'pushes-apns', 'pushes-fcm'],
      metrics: createWorkerMetrics(),
    })
    closing.unshift(async () => {
      await worker.close()
      redis.disconnect()
    })
    return worker
  }

  /** A worker as a process of its own, as in production: it can be killed. */
  async function addWorkerProcess() {
    const { apns: apple, fcm: google, ca } = credentials
    const caPath = join(folder, 'ca.pem')
    await writeFile(caPath, ca)
    const worker = await startProcess('worker', {
      ...redisSettings(target),
      RINGER_PREFIX: prefix,
      ADMIN_PORT: '0',
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
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
    })
    closing.unshift(async () => {
      worker.kill('SIGKILL')
      await worker.ended
    })
    return worker
  }

  const apnsConfig = () => ({
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

  const fcmConfig = () => ({
    projectId: credentials.fcm.projectId,
    clientEmail: credentials.fcm.clientEmail,
    privateKey: credentials.fcm.privateKey,
    url: fcm.url,
    tokenUrl: fcm.tokenUrl,
    ca: credentials.ca,
    callType: 'incoming_call' as const,
  })

  const reader = connectPatient(target)
  const records = createCallRecords(reader, keys)
  const ingress = await addIngress()
  return {
    ...{ redisServer, prefix, target, apns, sandbox, fcm, credentials, records, ingress, reader, keys },
    ...{ addIngress, addWorker, addWorkerProcess, workerApp, apnsConfig, fcmConfig },
    devices: createDeviceRegistry(reader, keys),
    async close() {
      for (const close of closing) await close()
      // Somebody else's Redis is left as it was.
      if (redisServer?.kind === 'url') await forgetPrefix(redisServer.url, prefix)
      reader.disconnect()
      await Promise.all([apns.close(), sandbox.close(), fcm.close()])
      if (!options.redis) await redisServer?.close()
    },
  }
}

/** How a process is told where Redis is. */
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
