import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createStandInCredentials,
  type FakeDevices,
  freshPrefix,
  type StandInCredentials,
  startFakeApns,
  startFakeFcm,
  startRedis,
} from '@ringer/fakes'
import { connectPatient, createCallRecords, createDeviceRegistry, createKeys } from '@ringer/store'
import { login, registrationKey, secret } from '../../world.ts'
import { INGRESSES, type Phone, WORKERS } from '../plan/plan.ts'
import type { Recorder } from './record-history.ts'
import { createRingerProcess } from './ringer-process.ts'

/** Everything that a campaign plays on: Ringer's processes, a Redis that keeps what it was told, and the stand-ins. */
export type Stage = Awaited<ReturnType<typeof startStage>>

/** Starts all of it. Throws when there is no redis-server: nothing else can be killed and still know everything. */
export async function startStage(phones: readonly Phone[], recorder: Recorder) {
  const redis = await startRedis({
    kind: 'redis-server',
    args: ['--appendonly', 'yes', '--appendfsync', 'no'],
  })
  const credentials = await createStandInCredentials()
  const devices: FakeDevices = new Map(phones.map(phone => [phone.token, activeDevice(phone)]))
  const [production, sandbox, fcm] = await Promise.all([
    startFakeApns({ credentials, environment: 'production', devices }),
    startFakeApns({ credentials, environment: 'sandbox', devices }),
    startFakeFcm({ credentials, devices }),
  ])
  const providers = { apns: production, 'apns-sandbox': sandbox, fcm }
  recorder.watch('apns', production)
  recorder.watch('apns-sandbox', sandbox)
  recorder.watch('fcm', fcm)

  const folder = await mkdtemp(join(tmpdir(), 'ringer-campaign-'))
  const ca = join(folder, 'ca.pem')
  await writeFile(ca, credentials.ca)
  const prefix = freshPrefix()
  const shared = { REDIS_URL: redis.url, RINGER_PREFIX: prefix, ADMIN_PORT: '0', LOG_LEVEL: 'info' }
  const create = (app: 'ingress' | 'worker', index: number, environment: Record<string, string>) =>
    createRingerProcess({
      name: `${app}-${index}`,
      app,
      environment: { ...shared, ...environment },
      onLine: (name, line) => recorder.lines.push({ name, line }),
      onCrash: what => recorder.recorded.crashes.push(what),
    })
  const urls = { production: production.url, sandbox: sandbox.url, fcm: fcm.url, token: fcm.tokenUrl }
  const ingresses = times(INGRESSES, index => create('ingress', index, ingressSettings))
  const workers = times(WORKERS, index => create('worker', index, workerSettings(credentials, urls, ca)))
  await Promise.all([...ingresses, ...workers].map(one => one.start()))

  const reader = connectPatient({ kind: 'single', url: redis.url })
  const keys = createKeys(prefix)
  return {
    ...{ redis, providers, devices, ingresses, workers },
    records: createCallRecords(reader, keys),
    registry: createDeviceRegistry(reader, keys),
    async close() {
      await Promise.all([...ingresses, ...workers].map(one => one.end('SIGKILL')))
      reader.disconnect()
      await Promise.all([production.close(), sandbox.close(), fcm.close()])
      await redis.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index))

/** A phone as its provider knows it while its app is there. */
export const activeDevice = ({ environment }: Phone) => ({
  state: 'active' as const,
  ...(environment && { environment }),
})

const ingressSettings = {
  HOST: '127.0.0.1',
  PORT: '0',
  COMETCHAT_WEBHOOK_USERNAME: login.username,
  COMETCHAT_WEBHOOK_PASSWORD: login.password,
  COMETCHAT_WEBHOOK_SECRET: secret,
  REGISTRATION_AUTH: 'key',
  REGISTRATION_KEY: registrationKey,
}

function workerSettings(
  { apns, fcm }: StandInCredentials,
  urls: { production: string; sandbox: string; fcm: string; token: string },
  ca: string,
): Record<string, string> {
  return {
    APNS_KEY: apns.privateKey,
    APNS_KEY_ID: apns.keyId,
    APNS_TEAM_ID: apns.teamId,
    APNS_BUNDLE_ID: apns.bundleId,
    APNS_PRODUCTION_URL: urls.production,
    APNS_SANDBOX_URL: urls.sandbox,
    APNS_CA_PATH: ca,
    FIREBASE_PROJECT_ID: fcm.projectId,
    FIREBASE_CLIENT_EMAIL: fcm.clientEmail,
    FIREBASE_PRIVATE_KEY: fcm.privateKey,
    FCM_URL: urls.fcm,
    FCM_TOKEN_URL: urls.token,
    FCM_CA_PATH: ca,
  }
}
