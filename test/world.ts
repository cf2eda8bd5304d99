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
  waitUntilReady,
} from '@ringer/store'
import { createIngress, type IngressDeps } from '../apps/ingress/src/app.ts'
import { createIngressMetrics } from '../apps/ingress/src/metrics.ts'
import { createWorker } from '../apps/worker/src/app.ts'
import { createWorkerMetrics } from '../apps/worker/src/metrics.ts'
import { createApnsSender } from '../apps/worker/src/pushes/apns/create-apns-sender.ts'
import { createFcmSender } from '../apps/worker/src/pushes/fcm/create-fcm-sender.ts'

const stand = createStandInCredentials()
const log = createLogger('test', process.env.LOG_LEVEL ?? 'silent')

export const login = { username: 'cometchat', password: 'letmering1234' }
export const secret = 'a-webhook-secret'
export const registrationKey = 'a-registration-key-of-a-backend'

/** Everything that a call goes through, over real sockets and a real Redis, under a prefix of its own. */
export async function startWorld(options: { redis?: StartedRedis; ringMs?: number; ingress?: Partial<IngressDeps> } = {}) {
  const credentials = await stand
  const redisServer = options.redis ?? (await startRedis())
  const target = { kind: 'single' as const, url: redisServer.url }
  const prefix = freshPrefix()
  const keys = createKeys(prefix)
  const [apns, sandbox, fcm] = await Promise.all([
    startFakeApns({ credentials, environment: 'production' }),
    startFakeApns({ credentials, environment: 'sandbox' }),
    startFakeFcm({ credentials }),
  ])
  const closing: (() => Promise<unknown>)[] = []

  async function addIngress(overrides: Partial<IngressDeps> = {}) {
    const redis = connectFailFast(target, 500)
    await waitUntilReady(redis, 5_000)
    const callQueue = createCallQueue(redis, prefix)
    const app = createIngress({
      log,
      callQueue,
      devices: createDeviceRegistry(redis, keys),
      webhookCredentials: { logins: [login], secrets: [secret] },
      registrationAuth: { kind: 'key', key: registrationKey },
      appId: undefined,
      ringMs: options.ringMs ?? 30_000,
      checks: async () => ({}),
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

  function addWorker() {
    const redis = connectPatient(target)
    const worker = createWorker({
      log,
      redis,
      prefix,
      senders: [createApnsSender(apnsConfig()), createFcmSender(fcmConfig())],
      queues: ['calls', 'pushes-apns', 'pushes-fcm'],
      metrics: createWorkerMetrics(),
    })
    closing.unshift(async () => {
      await worker.close()
      redis.disconnect()
    })
    return worker
  }

  const apnsConfig = () => ({
    key: credentials.apns.privateKey,
    keyId: credentials.apns.keyId,
    teamId: credentials.apns.teamId,
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
    ...{ addIngress, addWorker, apnsConfig, fcmConfig },
    devices: createDeviceRegistry(reader, keys),
    async close() {
      for (const close of closing) await close()
      reader.disconnect()
      await Promise.all([apns.close(), sandbox.close(), fcm.close()])
      if (!options.redis) await redisServer.close()
    },
  }
}

export type World = Awaited<ReturnType<typeof startWorld>>
export type { FakeApns, FakeFcm }
