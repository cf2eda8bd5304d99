import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStandInCredentials, freePort, startFakeApns, startFakeFcm, startRedis } from '@ringer/fakes'
import { Redis } from 'ioredis'
import { startProcess } from '../../apps/cli/src/demo/start-process.ts'
import { type Callee, createCallers } from '../upgrade/create-callers.ts'
import { registrationKey, webhookSecret } from '../upgrade/start-trial-stage.ts'
import { createReportingPhones } from './create-reporting-phones.ts'
import { startPrometheus } from './start-prometheus.ts'

/** More than Ringer deletes at once, so that a mass deletion shows. */
const CALLEE_COUNT = 30
const CALL_EVERY_MS = 250
/** What only the worker itself needs. */
const OWN = new Set(['ADMIN_PORT', 'NODE_OPTIONS', 'TEST_CLOCK_SHIFT_MS'])
const FIVE_DAYS_MS = 5 * 86_400_000

/** Ringer with a Prometheus, under constant calls, with a fault planted. */
export type DrillStage = Awaited<ReturnType<typeof startDrill>>

/** Files that settings name: PEM, except the service account. */
export interface DrillFiles {
  ca: string
  key: string
  account: string
  certificate: string
}

/**
 * Starts Ringer, lets phones be registered and calls arrive.
 *
 * @param fault settings that differ from the usual ones
 */
export async function startDrill(fault: {
  ingress?: Record<string, string>
  worker?: (files: DrillFiles) => Record<string, string>
}) {
  const credentials = await createStandInCredentials({ certificateExpiresAt: Date.now() + FIVE_DAYS_MS })
  const folder = await mkdtemp(join(tmpdir(), 'ringer-drill-'))
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const { apns: apple, fcm: google } = credentials
  const account = {
    ...{ type: 'service_account', project_id: google.projectId, client_email: google.clientEmail },
    private_key: google.privateKey,
  }
  const files = {
    ca: await file('ca.pem', credentials.ca),
    key: await file('apns.p8', apple.privateKey),
    account: await file('fcm.json', JSON.stringify(account)),
    certificate: await file('voip.pem', `${apple.certificate.cert}\n${apple.certificate.key}`),
  }
  const [redis, apns, fcm, port] = await Promise.all([
    startRedis({ kind: 'redis-server' }),
    startFakeApns({ credentials, environment: 'production' }),
    startFakeFcm({ credentials }),
    freePort(),
  ])
  const client = new Redis(redis.url)
  client.on('error', () => undefined)
  const shared = {
    REDIS_URL: redis.url,
    LOG_LEVEL: 'warn',
    RINGER_PUBLIC_URL: `http://127.0.0.1:${port}`,
    RINGER_STATE_SECRET: 'kestrel-harbour-lantern-4711-brisk',
  }
  const ingressSettings = {
    ...{
      ...shared,
      HOST: '127.0.0.1',
      PORT: String(port),
      ADMIN_PORT: '0',
      COMETCHAT_WEBHOOK_SECRET: webhookSecret,
    },
    ...{ REGISTRATION_AUTH: 'key', REGISTRATION_KEY: registrationKey },
    ...fault.ingress,
  }
  const workerSettings = {
    ...{ ...shared, ADMIN_PORT: '0', APNS_KEY_PATH: files.key, APNS_KEY_ID: apple.keyId },
    ...{ APNS_TEAM_ID: apple.teamId, APNS_BUNDLE_ID: apple.bundleId },
    ...{ APNS_PRODUCTION_URL: apns.url, APNS_SANDBOX_URL: apns.url, APNS_CA_PATH: files.ca },
    ...{ GOOGLE_APPLICATION_CREDENTIALS: files.account },
    ...{ FCM_URL: fcm.url, FCM_TOKEN_URL: fcm.tokenUrl, FCM_CA_PATH: files.ca },
    ...fault.worker?.(files),
  }
  const ingress = await startProcess('ingress', ingressSettings)
  const worker = await startProcess('worker', workerSettings)
  const logFile = join(folder, 'ringer.log')
  const log = createWriteStream(logFile)
  for (const process of [ingress, worker]) process.copyOutput(log)
  const hostOf = ({ adminUrl }: { adminUrl: string }) => new URL(adminUrl).host
  const prometheus = await startPrometheus(folder, { ingress: hostOf(ingress), worker: hostOf(worker) })

  const timers: NodeJS.Timeout[] = []
  const every = (ms: number, act: () => Promise<unknown>) => {
    // A fault is there to make some of it fail.
    timers.push(setInterval(() => void act().catch(() => undefined), ms))
  }
  const callers = createCallers()
  const url = ingress.url ?? ''
  const callees: Callee[] = []
  for (let count = 0; count < CALLEE_COUNT; count += 1) callees.push(await callers.addCallee(url))
  let turn = 0
  every(CALL_EVERY_MS, async () => {
    turn += 1
    const callee = callees[turn % callees.length]
    if (callee) await callers.call(callee, [url])
  })
  const phones = createReportingPhones([apns, fcm])
  /** What a worker's shell has: for `ringer why` and `ringer doctor`. */
  const settings = Object.entries(workerSettings).filter(([name, value]) => !OWN.has(name) && value !== '')
  const envFile = await file('ringer.env', settings.map(([name, value]) => `${name}='${value}'\n`).join(''))

  return {
    ...{ redis, client, apns, fcm, ingress, worker, prometheus, phones, files, every, envFile, logFile },
    async close() {
      for (const timer of timers) clearInterval(timer)
      await prometheus.close()
      await Promise.all([ingress.close('SIGKILL'), worker.close('SIGKILL')])
      client.disconnect()
      log.end()
      await Promise.all([apns.close(), fcm.close(), redis.close()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
