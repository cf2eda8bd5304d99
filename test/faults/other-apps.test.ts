import { type FakeFcm, startFakeApns, startFakeFcm } from '@ringer/fakes'
import { expect, onTestFinished } from 'vitest'
import type { IngressTenant } from '../../apps/ingress/src/create-ingress-tenant.ts'
import type { WorkerTenant } from '../../apps/worker/src/worker-tenant.ts'
import { signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { createApnsSender } from '../../packages/providers/src/apns/create-sender.ts'
import { createFcmSender } from '../../packages/providers/src/fcm/create-sender.ts'
import { basic, deliver, eachOf, register } from '../webhooks.ts'
import { it, type World } from '../world.ts'

const ALWAYS = { times: Number.POSITIVE_INFINITY }
const context = { legacyPayload: 'none' as const, clock: Date.now }
const apps = ['well', 'troubled'] as const
type App = (typeof apps)[number]

const login = (app: App) => ({ username: app, password: 'letmering1234' })
const keyOf = (app: App) => `the-registration-key-of-the-app-${app}`
/** As many as a user may have. */
const phones = Array.from({ length: 20 }, (_, index) => index + 1)

/** One worker for two apps. Each has a user Bob with twenty phones. */
async function startTwoApps(world: World, platform: 'ios' | 'android', troubled: WorkerTenant) {
  const tenants = apps.map(
    (appId): IngressTenant => ({
      ...{ appId, isNamed: true, ringMs: 30_000, ringMeetings: false },
      credentials: { logins: [login(appId)], secrets: [] },
      registrationAuth: { kind: 'key', key: keyOf(appId) },
    }),
  )
  const ingress = await world.addIngress({ tenants })
  for (const appId of apps) {
    for (const number of phones) {
      const token =
        platform === 'ios' ? `${number + 10}`.repeat(32) : `fcm-registration-token:APA91b_${appId}_${number}`
      await register(
        ingress,
        { appId, uid: 'bob', platform, token, deviceId: `phone-${number}` },
        keyOf(appId),
      )
    }
  }
  world.addWorker({
    tenants: new Map([
      ['well', world.workerTenant()],
      ['troubled', troubled],
    ]),
  })
  return (appId: App, name: string) =>
    deliver(
      ingress,
      { ...signalledRing({ sessionId: `v1.eu.${appId}-${name}`, sentAt: Date.now() }), appId },
      { headers: { authorization: basic(login(appId)) } },
    )
}

/** Rings the twenty phones of the troubled app's Bob sixty times, and then those of the other app's once. */
async function latencyBehind(
  call: (app: App, name: string) => Promise<unknown>,
  fake: World['apns'] | FakeFcm,
) {
  await eachOf(
    Array.from({ length: 60 }, (_, index) => `call-${index}`),
    10,
    name => call('troubled', name),
  )
  const startedAt = Date.now()
  await call('well', 'call')
  const received = await fake.waitFor(({ length }) => length === phones.length, { timeoutMs: 40_000 })
  return Math.max(...received.map(({ at }) => at)) - startedAt
}

// The jobs of one app filled the 1,000 places that all apps share in a worker.
it('an app whose FCM takes 5 s for each answer does not delay the rings of another app', {
  timeout: 90_000,
}, async ({ world }) => {
  const slow = await startFakeFcm({ credentials: world.credentials })
  slow.order({ delayMs: 5_000 }, ALWAYS)
  const settings = { ...world.fcmSettings(), url: slow.url, tokenUrl: slow.tokenUrl }
  onTestFinished(() => slow.close())
  const senders = new Map([['fcm', createFcmSender(settings, context)]])
  const call = await startTwoApps(world, 'android', { senders, stopOtherDevices: false, alertMs: 1_000 })
  expect(await latencyBehind(call, world.fcm)).toBeLessThan(10_000)
})

it('an app that cannot reach Apple does not delay the rings of another app', { timeout: 90_000 }, async ({
  world,
}) => {
  const hole = await startFakeApns({ credentials: world.credentials, environment: 'production' })
  hole.freeze({ newConnections: true })
  onTestFinished(() => hole.close())
  const settings = { ...world.apnsSettings(), urls: { production: hole.url, sandbox: hole.url } }
  const senders = new Map([['apns', createApnsSender(settings, context)]])
  const call = await startTwoApps(world, 'ios', { senders, stopOtherDevices: false, alertMs: 1_000 })
  expect(await latencyBehind(call, world.apns)).toBeLessThan(10_000)
})
