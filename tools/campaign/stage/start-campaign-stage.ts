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
} from '@ringer/fakes'
import { startFakeCometChat } from '@ringer/fakes/cometchat'
import { connectPatient, createCallRecords, createDeviceRegistry, createKeys } from '@ringer/store'
import {
  INGRESSES,
  type Phone,
  type Plan,
  providerNames,
  type RegistrationAuthKind,
  WORKERS,
} from '../plan/plan.ts'
import { FLOODED_GROUP, flooders } from '../plan/plan-floods.ts'
import { createPhoneReports } from './create-phone-reports.ts'
import type { Recorder } from './record-history.ts'
import { createPhoneCredentials, REGISTRATION_KEY } from './registrations/create-phone-credentials.ts'
import { createRingerProcess } from './ringer-process.ts'
import { startCampaignRedis } from './start-campaign-redis.ts'
import { startRoutes } from './start-routes.ts'

export const LOGIN = { username: 'cometchat', password: 'letmering1234' }
export const SECRET = 'orchard-lantern-copper'
/** Phones replace its origin by an ingress's. */
const PUBLIC_URL = 'https://ringer.test'
const STATE_SECRET = 'harbour-violet-thistle-ember-9214'

/** Everything that a campaign runs on: Ringer's processes, a Redis with persistence, and the stand-ins. */
export type CampaignStage = Awaited<ReturnType<typeof startCampaignStage>>

/** Starts everything. Throws without a redis-server. */
export async function startCampaignStage(
  {
    registrationAuth,
    phones,
    madeUp,
    clocks,
  }: Pick<Plan, 'registrationAuth' | 'phones' | 'madeUp' | 'clocks'>,
  recorder: Recorder,
) {
  const redis = await startCampaignRedis()
  const credentials = await createStandInCredentials()
  const devices: FakeDevices = new Map([
    ...phones.map(phone => [phone.token, activeDevice(phone)] as const),
    // To Apple, a token of the other environment is the same as one that never existed.
    ...madeUp.map(({ token }) => [token, { state: 'active', environment: 'sandbox' }] as const),
  ])
  const cometchat = await startFakeCometChat()
  const members = phones.map(({ uid }) => uid).filter(uid => uid.startsWith('member-'))
  cometchat.groups.set(FLOODED_GROUP, [...members, ...flooders])
  const [production, sandbox, fcm] = await Promise.all([
    startFakeApns({ credentials, environment: 'production', devices }),
    startFakeApns({ credentials, environment: 'sandbox', devices }),
    startFakeFcm({ credentials, devices }),
  ])
  const providers = { apns: production, 'apns-sandbox': sandbox, fcm }
  const routes = {
    apns: await startRoutes('apns', production, WORKERS),
    'apns-sandbox': await startRoutes('apns-sandbox', sandbox, WORKERS),
    fcm: await startRoutes('fcm', fcm, WORKERS),
  }
  for (const name of providerNames) recorder.watch(name, providers[name], routes[name])

  const folder = await mkdtemp(join(tmpdir(), 'ringer-campaign-'))
  const ca = join(folder, 'ca.pem')
  await writeFile(ca, credentials.ca)
  const prefix = freshPrefix()
  const shared = {
    REDIS_URL: redis.url,
    RINGER_PREFIX: prefix,
    ADMIN_PORT: '0',
    LOG_LEVEL: 'info',
    RINGER_PUBLIC_URL: PUBLIC_URL,
    RINGER_STATE_SECRET: STATE_SECRET,
  }
  const create = (app: 'ingress' | 'worker', index: number, environment: Record<string, string>) =>
    createRingerProcess({
      name: `${app}-${index}`,
      app,
      environment: { ...shared, ...environment, ...wrongClock(clocks[`${app}-${index}`]) },
      onLine: (name, line) => recorder.lines.push({ name, line }),
      onCrash: what => recorder.recorded.crashes.push(what),
      onStarved: (from, to) =>
        recorder.recorded.troubles.push({ subject: 'machine', kind: 'starved', from, to }),
    })
  const urlsOf = (worker: number) => ({
    production: routes.apns.urls[worker] ?? '',
    sandbox: routes['apns-sandbox'].urls[worker] ?? '',
    fcm: routes.fcm.urls[worker] ?? '',
    token: `${routes.fcm.urls[worker]}/token`,
  })
  const api = { COMETCHAT_API_KEY: cometchat.apiKey, COMETCHAT_API_URL: cometchat.url }
  const ingresses = times(INGRESSES, index =>
    create('ingress', index, { ...ingressSettings, ...registrationSettings(registrationAuth), ...api }),
  )
  const workers = times(WORKERS, index =>
    create('worker', index, { ...workerSettings(credentials, urlsOf(index), ca), ...api }),
  )
  await Promise.all([...ingresses, ...workers].map(one => one.start()))
  const phoneReports = createPhoneReports(Object.values(providers), {
    recorded: recorder.recorded,
    urls: () => ingresses.map(({ url }) => url),
  })

  const reader = connectPatient({ kind: 'single', url: redis.directUrl })
  const keys = createKeys(prefix)
  return {
    ...{ redis, providers, cometchat, routes, devices, ingresses, workers, registrationAuth, phoneReports },
    credentials: createPhoneCredentials(registrationAuth, cometchat),
    records: createCallRecords(reader, keys),
    registry: createDeviceRegistry(reader, keys),
    async close() {
      await Promise.all([...ingresses, ...workers].map(one => one.end('SIGKILL')))
      reader.disconnect()
      await Promise.all(Object.values(routes).map(one => one.close()))
      await Promise.all([production.close(), sandbox.close(), fcm.close()])
      await cometchat.close()
      await redis.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index))

/** A phone as its provider knows it while its app is installed. */
export const activeDevice = ({ environment }: Phone) => ({
  state: 'active' as const,
  ...(environment && { environment }),
})

/** The environment of a process whose clock is wrong by this much, ms. */
const wrongClock = (ms: number | undefined): Record<string, string> =>
  ms === undefined
    ? {}
    : {
        NODE_OPTIONS: `--import=${new URL('../../../test/fixtures/shift-clock.mjs', import.meta.url).href}`,
        TEST_CLOCK_SHIFT_MS: String(ms),
      }

const ingressSettings = {
  HOST: '127.0.0.1',
  PORT: '0',
  COMETCHAT_WEBHOOK_USERNAME: LOGIN.username,
  COMETCHAT_WEBHOOK_PASSWORD: LOGIN.password,
  COMETCHAT_WEBHOOK_SECRET: SECRET,
}

/** A proxy says from which address a phone or a stranger sends an auth token. */
const registrationSettings = (auth: RegistrationAuthKind): Record<string, string> => ({
  REGISTRATION_AUTH: auth,
  ...(auth === 'key' ? { REGISTRATION_KEY } : { TRUST_PROXY: '1' }),
})

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
