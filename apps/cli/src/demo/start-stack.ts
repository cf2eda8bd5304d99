import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshPrefix, type StandInCredentials, startRedis } from '@ringer/fakes'
import { watchStore } from '@ringer/simulator/watch-store'
import { startWorld } from '@ringer/simulator/world'
import { connectPatient, createCallRecords, createKeys } from '@ringer/store'
import { forgetPrefix } from './forget-prefix.ts'
import { startProcess } from './start-process.ts'

/** The whole of Ringer and the world outside it, on one machine. */
export interface Stack {
  redis: string
  ingressUrl: string
  pageUrl: string
  /** How a webhook proves itself to this stack's ingress. */
  secret: string
  close(): Promise<void>
}

const redisKinds = {
  url: 'REDIS_URL',
  'redis-server': 'redis-server, found on the PATH',
  embedded: 'embedded, kept in memory (no redis-server on the PATH)',
}

/**
 * Starts Redis, the ingress, the simulator and the worker: Ringer's own two as processes of their own, as they run in
 * production; credentials are made up for the occasion.
 *
 * @param ports 0 takes a free one
 */
export async function startStack(ports: { page: number; ingress: number }): Promise<Stack> {
  const running: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of running.splice(0).reverse()) await end()
  }
  try {
    const redis = await startRedis()
    running.push(() => redis.close())
    const prefix = freshPrefix()
    const connection = connectPatient({ kind: 'single', url: redis.url })
    running.push(async () => {
      if (redis.kind === 'url') await forgetPrefix(redis.url, prefix)
      connection.disconnect()
    })
    const shared = { REDIS_URL: redis.url, RINGER_PREFIX: prefix, ADMIN_PORT: '0', LOG_LEVEL: 'warn' }

    const secret = randomBytes(16).toString('hex')
    const registrationKey = randomBytes(16).toString('hex')
    const ingress = await startProcess('ingress', {
      ...shared,
      HOST: '127.0.0.1',
      PORT: String(ports.ingress),
      COMETCHAT_WEBHOOK_SECRET: secret,
      REGISTRATION_AUTH: 'key',
      REGISTRATION_KEY: registrationKey,
    })
    running.push(ingress.close)
    const ingressUrl = ingress.url ?? ''

    const records = createCallRecords(connection, createKeys(prefix))
    const store = watchStore({ redis: connection, prefix, records, appId: undefined })
    running.push(store.close)
    await store.ready()
    const world = await startWorld({
      ingressUrl,
      webhookCredentials: { secret },
      registrationKey,
      watchCalls: store.watchCalls,
      readCall: store.readCall,
      port: ports.page,
    })
    running.push(world.close)

    const folder = await mkdtemp(join(tmpdir(), 'ringer-demo-'))
    running.push(() => rm(folder, { recursive: true, force: true }))
    const worker = await startProcess('worker', {
      ...shared,
      ...(await pushSettings(folder, world)),
    })
    running.push(worker.close)
    return { redis: redisKinds[redis.kind], ingressUrl, pageUrl: world.url, secret, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What a worker is told to reach the stand-ins for Apple and Google instead of the real ones. */
async function pushSettings(
  folder: string,
  world: { credentials: StandInCredentials; apns: { url: string }; fcm: { url: string; tokenUrl: string } },
): Promise<Record<string, string>> {
  const { credentials, apns, fcm } = world
  const ca = join(folder, 'ca.pem')
  await writeFile(ca, credentials.ca)
  return {
    APNS_KEY: credentials.apns.privateKey,
    APNS_KEY_ID: credentials.apns.keyId,
    APNS_TEAM_ID: credentials.apns.teamId,
    APNS_BUNDLE_ID: credentials.apns.bundleId,
    APNS_PRODUCTION_URL: apns.url,
    APNS_SANDBOX_URL: apns.url,
    APNS_CA_PATH: ca,
    FIREBASE_PROJECT_ID: credentials.fcm.projectId,
    FIREBASE_CLIENT_EMAIL: credentials.fcm.clientEmail,
    FIREBASE_PRIVATE_KEY: credentials.fcm.privateKey,
    FCM_URL: fcm.url,
    FCM_TOKEN_URL: fcm.tokenUrl,
    FCM_CA_PATH: ca,
  }
}
