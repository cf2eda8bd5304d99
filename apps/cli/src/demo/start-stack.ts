import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshPrefix, startRedis } from '@ringer/fakes'
import { type StandIns, startStandIns } from '@ringer/simulator/stand-ins'
import { watchStore } from '@ringer/simulator/watch-store'
import { connectPatient, createCallRecords, createKeys } from '@ringer/store'
import { createWorkerPool } from './create-worker-pool.ts'
import { forgetPrefix } from './forget-prefix.ts'
import { pushSettings, senderOf, workerIds } from './push-settings.ts'
import { startProcess } from './start-process.ts'

/** All of Ringer on one machine, with the simulator as the outside world. */
export interface Stack {
  /** Which Redis it uses, in words. */
  redis: string
  ingressUrl: string
  pageUrl: string
  /** The secret with which webhooks to this stack's ingress are signed. */
  secret: string
  close(): Promise<void>
}

/** A dead worker is restarted with a delay, as by an orchestrator. The other worker takes over in less time. */
const BACK_AFTER_MS = 5_000

const redisKinds = {
  url: 'REDIS_URL',
  'redis-server': 'redis-server, found on the PATH',
  embedded: 'embedded, kept in memory (no redis-server on the PATH)',
}

/**
 * Starts Redis, the ingress, the simulator and the workers. The ingress and the workers run in their own processes, as in
 * production. All credentials are new.
 *
 * @param options.page the page's port; 0 for a free one
 * @param options.ingress the ingress's port; 0 for a free one
 * @param options.workers the number of workers
 * @param options.hosts hosts at which the page may be opened, besides loopback. Default: none
 */
export async function startStack(options: {
  page: number
  ingress: number
  workers: 1 | 2
  hosts?: readonly string[]
}): Promise<Stack> {
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
    // CometChat's push provider, which sends messages, cannot sign its requests.
    const login = { username: 'cometchat', password: randomBytes(16).toString('hex') }
    const registrationKey = randomBytes(16).toString('hex')
    const ingress = await startProcess('ingress', {
      ...shared,
      HOST: '127.0.0.1',
      PORT: String(options.ingress),
      COMETCHAT_WEBHOOK_SECRET: secret,
      COMETCHAT_WEBHOOK_USERNAME: login.username,
      COMETCHAT_WEBHOOK_PASSWORD: login.password,
      REGISTRATION_AUTH: 'key',
      REGISTRATION_KEY: registrationKey,
    })
    running.push(ingress.close)
    const ingressUrl = ingress.url ?? ''

    const records = createCallRecords(connection, createKeys(prefix))
    const store = watchStore({ redis: connection, prefix, records, appId: undefined })
    running.push(store.close)
    await store.ready()
    const folder = await mkdtemp(join(tmpdir(), 'ringer-demo-'))
    running.push(() => rm(folder, { recursive: true, force: true }))
    const workers = createWorkerPool({
      ids: workerIds.slice(0, options.workers),
      launch: id => startProcess('worker', { ...shared, ...pushSettings(standIns, ca, id) }),
      backAfterMs: BACK_AFTER_MS,
    })
    const standIns: StandIns = await startStandIns({
      ingressUrl,
      webhookCredentials: { ...login, secret },
      registrationKey,
      watchCalls: store.watchCalls,
      readCall: store.readCall,
      workers: { ...workers, senderOf },
      port: options.page,
      hosts: options.hosts,
    })
    running.push(standIns.close)
    running.push(workers.close)
    const ca = join(folder, 'ca.pem')
    await writeFile(ca, standIns.credentials.ca)
    await workers.start()
    return { redis: redisKinds[redis.kind], ingressUrl, pageUrl: standIns.url, secret, close }
  } catch (error) {
    await close()
    throw error
  }
}
