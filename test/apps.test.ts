import { randomUUID } from 'node:crypto'
import { createStandInCredentials, type FakeApns, startFakeApns } from '@ringer/fakes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { IngressApp } from '../apps/ingress/src/app.ts'
import { createApnsSender } from '../apps/worker/src/pushes/apns/create-apns-sender.ts'
import { signalledEnd, signalledRing } from '../packages/payloads/test/webhooks.ts'
import { basic, deliver, post } from './webhooks.ts'
import { registrationKey, startWorld, type World } from './world.ts'

const first = { username: 'firstapp', password: 'letmering1' }
const second = { username: 'secondapp', password: 'letmering2' }
const token = 'a1'.repeat(32)

let world: World
let otherApns: FakeApns

/** Two apps in one ingress and one worker; Bob has a phone in each, under the same uid and even the same token. */
beforeAll(async () => {
  world = await startWorld()
  const otherCredentials = await createStandInCredentials()
  otherCredentials.apns.bundleId = 'com.example.second'
  otherApns = await startFakeApns({ credentials: otherCredentials, environment: 'production' })
  const { apns, ca } = otherCredentials
  const otherSender = createApnsSender({
    auth: { kind: 'token', key: apns.privateKey, keyId: apns.keyId, teamId: apns.teamId },
    bundleId: apns.bundleId,
    environment: 'production',
    urls: { production: otherApns.url, sandbox: world.sandbox.url },
    ca,
  })
  world.addWorker({
    apps: new Map([
      ['app-1', world.workerApp()],
      ['app-2', { senders: [otherSender], stopOtherDevices: false, alertMs: 1_000 }],
    ]),
  })
})
afterAll(async () => {
  await world.close()
  await otherApns.close()
})

const app: Pick<IngressApp, 'isNamed' | 'ringMs' | 'ringMeetings' | 'registrationAuth'> = {
  isNamed: true,
  ringMs: 30_000,
  ringMeetings: false,
  registrationAuth: { kind: 'key', key: registrationKey },
}
const twoApps: IngressApp[] = [
  { ...app, appId: 'app-1', credentials: { logins: [first], secrets: ['a secret of the first'] } },
  {
    ...app,
    appId: 'app-2',
    credentials: { logins: [second], secrets: [] },
    registrationAuth: { kind: 'key', key: 'another-registration-key' },
  },
]
let url: Promise<string> | undefined
const ingress = () => {
  url ??= world.addIngress({ apps: twoApps })
  return url
}

const call = (appId: string | undefined, sessionId: string) => ({
  ...signalledRing({ sessionId, sentAt: Date.now() }),
  appId,
})
const as = (login: typeof first) => ({ headers: { authorization: basic(login) } })
const register = async (body: object, key: string) =>
  post(`${await ingress()}/api/push/register`, JSON.stringify(body), {
    'content-type': 'application/json',
    authorization: `Bearer ${key}`,
  })

describe('two apps in one process', () => {
  it('ring each its own phone only, through its own account with Apple', async () => {
    for (const [appId, key] of [
      ['app-1', registrationKey],
      ['app-2', 'another-registration-key'],
    ] as const) {
      const answer = await register(
        { appId, uid: 'bob', platform: 'ios', token, environment: 'production' },
        key,
      )
      expect(answer.status).toBe(200)
    }
    expect((await deliver(await ingress(), call('app-1', 'v1.eu.first'), as(first))).body.status).toBe(
      'queued',
    )
    await world.apns.waitFor(received => received.length === 1)
    expect((await deliver(await ingress(), call('app-2', 'v1.eu.second'), as(second))).body.status).toBe(
      'queued',
    )
    await otherApns.waitFor(received => received.length === 1)
    expect(world.apns.accepted(token).map(({ data }) => data.sessionId)).toEqual(['v1.eu.first'])
    expect(otherApns.accepted(token).map(({ data }) => data.sessionId)).toEqual(['v1.eu.second'])
    expect(otherApns.received[0]?.headers['apns-topic']).toBe('com.example.second.voip')
  })

  it.each([
    ['one app’s credentials on the other’s webhook', 'app-2', first, 400, 'wrong_app'],
    ['an app nobody configured', 'app-3', first, 400, 'wrong_app'],
    [
      'credentials of neither',
      'app-1',
      { username: 'firstapp', password: 'letmering2' },
      401,
      'unauthorized',
    ],
  ])('refuse %s', async (_, appId, login, status, code) => {
    const before = (await world.reader.keys(`${world.prefix}:calls*`)).length
    const answer = await deliver(await ingress(), call(appId, `v1.eu.${randomUUID()}`), as(login))
    expect([answer.status, answer.body.error?.code]).toEqual([status, code])
    expect((await world.reader.keys(`${world.prefix}:calls*`)).length).toBe(before)
  })

  it('know a webhook that names no app by its credentials', async () => {
    const answer = await deliver(await ingress(), call(undefined, 'v1.eu.nameless'), as(second))
    expect(answer.body.status).toBe('queued')
    await expect.poll(async () => (await world.records.read('app-2', 'v1.eu.nameless'))?.rings.length).toBe(1)
  })

  it('of which one’s end ends nothing of the other', async () => {
    const sessionId = 'v1.eu.same-session'
    await deliver(await ingress(), call('app-1', sessionId), as(first))
    await expect.poll(async () => (await world.records.read('app-1', sessionId))?.rings.length).toBe(1)
    const end = { ...signalledEnd('cancelled', { sessionId, sentAt: Date.now() }), appId: 'app-2' }
    expect((await deliver(await ingress(), end, as(second))).body.status).toBe('queued')
    await expect
      .poll(async () => (await world.records.read('app-2', sessionId))?.end?.action)
      .toBe('cancelled')
    expect((await world.records.read('app-1', sessionId))?.rings[0]?.state).toBe('ringing')
  })

  it('want to be told which one a phone is registered for', async () => {
    const body = { uid: 'carol', platform: 'ios', token: 'b2'.repeat(32) }
    expect(await register(body, registrationKey)).toMatchObject({ status: 400 })
    expect((await register({ ...body, appId: 'app-2' }, registrationKey)).status).toBe(401)
    expect(await world.devices.list('app-2', 'carol')).toEqual([])
  })
})

describe('a call of an app that the worker has no settings of', () => {
  it('is on record, with the reason', async () => {
    await world.devices.register(
      { appId: 'default', uid: 'bob', platform: 'ios', kind: 'voip', token: 'c3'.repeat(32) },
      Date.now(),
    )
    await deliver(world.ingress, signalledRing({ sessionId: 'v1.eu.unknown-app', sentAt: Date.now() }))
    await expect
      .poll(async () => (await world.records.read('default', 'v1.eu.unknown-app'))?.rings[0]?.devices)
      .toMatchObject([
        { outcome: 'skipped', reason: expect.stringContaining('COMETCHAT_APP_ID must be the same') },
      ])
  })
})
