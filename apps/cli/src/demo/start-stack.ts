import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStandInCredentials, freshPrefix, startRedis } from '@ringer/fakes'
import { type StandIns, startStandIns } from '@ringer/simulator/stand-ins'
import { watchStore } from '@ringer/simulator/watch-store'
import { connectPatient, createCallRecords, createKeys } from '@ringer/store'
import { createWorkerPool } from './create-worker-pool.ts'
import { startJanitor } from './janitor/start-janitor.ts'
import { ingressPushSettings, pushSettings, senderOf, workerIds } from './push-settings.ts'
import { startProcess } from './start-process.ts'

/** All of Ringer on one machine, with the simulator as the outside world. */
export interface Stack {
  ingressUrl: string
  /** The ingress's admin port. */
  adminUrl: string
  pageUrl: string
  /** The credentials of webhooks to this stack's ingress. */
  login: { username: string; password: string }
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
 * production. All credentials are new. If this process ends without `close`, even by SIGKILL, the processes end with it, and
 * what they left behind is removed.
 *
 * @param options.page the page's port; 0 for a free one
 * @param options.ingress the ingress's port; 0 for a free one
 * @param options.workers the number of workers
 * @param options.hosts hosts at which the page may be opened, besides loopback. Default: none
 * @param options.onPart called with the name of each part and a few words about it, when it has started
 */
export async function startStack(options: {
  page: number
  ingress: number
  workers: 1 | 2
  hosts?: readonly string[]
  onPart?: (name: string, words: string) => void
}): Promise<Stack> {
  const { onPart = () => undefined } = options
  const running: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of running.splice(0).reverse()) await end()
  }
  try {
    const janitor = startJanitor()
    running.push(janitor.close)
    const launch: typeof startProcess = (app, environment) =>
      startProcess(
        app,
        environment,
        ({ pid, ended }) => void ended.then(janitor.remember({ kind: 'process', pid })),
      )
    const folder = join(tmpdir(), `ringer-demo-${randomBytes(6).toString('hex')}`)
    janitor.remember({ kind: 'folder', path: folder })
    await mkdir(folder, { mode: 0o700 })

    const redis = await startRedis({ folder })
    running.push(() => redis.close())
    const prefix = freshPrefix()
    if (redis.kind === 'url') janitor.remember({ kind: 'keys', url: redis.url, prefix })
    const connection = connectPatient({ kind: 'single', url: redis.url })
    running.push(async () => connection.disconnect())
    const shared = { REDIS_URL: redis.url, RINGER_PREFIX: prefix, ADMIN_PORT: '0', LOG_LEVEL: 'warn' }
    onPart('Redis', redisKinds[redis.kind])

    const secret = randomBytes(16).toString('hex')
    // CometChat's push provider, which sends messages, cannot sign its requests.
    const login = { username: 'cometchat', password: randomBytes(16).toString('hex') }
    const registrationKey = randomBytes(16).toString('hex')
    const stateSecret = randomBytes(32).toString('base64')
    const credentials = await createStandInCredentials()
    const ingress = await launch('ingress', {
      ...shared,
      ...ingressPushSettings(credentials),
      HOST: '127.0.0.1',
      PORT: String(options.ingress),
      COMETCHAT_WEBHOOK_SECRET: secret,
      COMETCHAT_WEBHOOK_USERNAME: login.username,
      COMETCHAT_WEBHOOK_PASSWORD: login.password,
      REGISTRATION_AUTH: 'key',
      REGISTRATION_KEY: registrationKey,
      // It only reads the URLs that the workers make, and has no port yet.
      RINGER_PUBLIC_URL: 'http://127.0.0.1',
      RINGER_STATE_SECRET: stateSecret,
    })
    running.push(() => ingress.close('SIGKILL'))
    const ingressUrl = ingress.url ?? ''
    onPart('ingress', ingressUrl)

    const records = createCallRecords(connection, createKeys(prefix))
    const store = watchStore({ redis: connection, prefix, records, appId: undefined })
    running.push(store.close)
    await store.ready()
    const state = { RINGER_PUBLIC_URL: ingressUrl, RINGER_STATE_SECRET: stateSecret }
    const workers = createWorkerPool({
      ids: workerIds.slice(0, options.workers),
      launch: id => launch('worker', { ...shared, ...state, ...pushSettings(standIns, ca, id) }),
      backAfterMs: BACK_AFTER_MS,
    })
    const standIns: StandIns = await startStandIns({
      ingressUrl,
      credentials,
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
    await writeFile(ca, credentials.ca)
    await workers.start()
    onPart('workers', `${options.workers} process${options.workers === 1 ? '' : 'es'}`)
    return { ingressUrl, adminUrl: ingress.adminUrl, pageUrl: standIns.url, login, secret, close }
  } catch (error) {
    await close()
    throw error
  }
}
