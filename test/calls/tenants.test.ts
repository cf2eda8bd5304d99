import { randomUUID } from 'node:crypto'
import { createStandInCredentials, startFakeApns } from '@ringer/fakes'
import { describe, expect } from 'vitest'
import type { IngressTenant } from '../../apps/ingress/src/create-ingress-tenant.ts'
import { signalledEnd, signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { createApnsSender } from '../../packages/providers/src/apns/create-sender.ts'
import { basic, deliver, post } from '../webhooks.ts'
import { itInSharedWorld, registrationKey } from '../world.ts'

const first = { username: 'firstapp', password: 'letmering1' }
const second = { username: 'secondapp', password: 'letmering2' }
const token = 'a1'.repeat(32)

/** Two tenants in one ingress and one worker. Bob has a phone with each, under the same uid and even the same token. */
const it = itInSharedWorld
  .extend('otherCredentials', { scope: 'file' }, async () => {
    const credentials = await createStandInCredentials()
    credentials.apns.bundleId = 'com.example.second'
    return credentials
  })
  .extend('otherApns', { scope: 'file' }, async ({ otherCredentials: credentials }, { onCleanup }) => {
    const apns = await startFakeApns({ credentials, environment: 'production' })
    onCleanup(() => apns.close())
    return apns
  })
  .extend('ingress', { scope: 'file' }, ({ world }) => world.addIngress({ tenants: twoTenants }))

it.beforeAll(({ world, otherApns, otherCredentials: { apns, ca } }) => {
  const otherSettings = {
    auth: { kind: 'token' as const, key: apns.privateKey, keyId: apns.keyId, teamId: apns.teamId },
    bundleId: apns.bundleId,
    environment: 'production' as const,
    urls: { production: otherApns.url, sandbox: world.sandbox.url },
    ca,
  }
  const otherSender = createApnsSender(otherSettings, { legacyPayload: 'none', clock: Date.now })
  world.addWorker({
    tenants: new Map([
      ['app-1', world.workerTenant()],
      ['app-2', { senders: new Map([['apns', otherSender]]), stopOtherDevices: false, alertMs: 1_000 }],
    ]),
  })
})

const usualTenant: Pick<IngressTenant, 'isNamed' | 'ringMs' | 'ringMeetings' | 'registrationAuth'> = {
  isNamed: true,
  ringMs: 30_000,
  ringMeetings: false,
  registrationAuth: { kind: 'key', key: registrationKey },
}
const twoTenants: IngressTenant[] = [
  { ...usualTenant, appId: 'app-1', credentials: { logins: [first], secrets: ['a secret of the first'] } },
  {
    ...usualTenant,
    appId: 'app-2',
    credentials: { logins: [second], secrets: [] },
    registrationAuth: { kind: 'key', key: 'another-registration-key' },
  },
]

const call = (appId: string | undefined, sessionId: string) => ({
  ...signalledRing({ sessionId, sentAt: Date.now() }),
  appId,
})
const as = (login: typeof first) => ({ headers: { authorization: basic(login) } })
const register = (ingress: string, body: object, key: string) =>
  post(`${ingress}/api/push/register`, JSON.stringify(body), {
    'content-type': 'application/json',
    authorization: `Bearer ${key}`,
  })

describe('with two tenants in one process', () => {
  it('each tenant rings only its own phone, through its own Apple account', async ({
    world,
    otherApns,
    ingress,
  }) => {
    for (const [appId, key] of [
      ['app-1', registrationKey],
      ['app-2', 'another-registration-key'],
    ] as const) {
      const answer = await register(
        ingress,
        { appId, uid: 'bob', platform: 'ios', token, environment: 'production' },
        key,
      )
      expect(answer.status).toBe(200)
    }
    expect((await deliver(ingress, call('app-1', 'v1.eu.first'), as(first))).body.status).toBe('queued')
    await world.apns.waitFor(received => received.length === 1)
    expect((await deliver(ingress, call('app-2', 'v1.eu.second'), as(second))).body.status).toBe('queued')
    await otherApns.waitFor(received => received.length === 1)
    expect(world.apns.accepted(token).map(({ data }) => data.sessionId)).toEqual(['v1.eu.first'])
    expect(otherApns.accepted(token).map(({ data }) => data.sessionId)).toEqual(['v1.eu.second'])
    expect(otherApns.received[0]?.headers['apns-topic']).toBe('com.example.second.voip')
  })

  it.for([
    ['one tenant’s credentials on the other’s webhook', 'app-2', first, 400, 'wrong_app'],
    ['an app id that is not configured', 'app-3', first, 400, 'wrong_app'],
    [
      'credentials of neither tenant',
      'app-1',
      { username: 'firstapp', password: 'letmering2' },
      401,
      'unauthorized',
    ],
  ] as const)('the ingress refuses %s', async ([_, appId, login, status, code], { world, ingress }) => {
    // Each event that was stored has left a marker.
    const stored = async () => (await world.reader.keys(`${world.prefix}:calls:de:*`)).length
    const before = await stored()
    const answer = await deliver(ingress, call(appId, `v1.eu.${randomUUID()}`), as(login))
    expect([answer.status, answer.body.error?.code]).toEqual([status, code])
    expect(await stored()).toBe(before)
  })

  it('a webhook that names no app is attributed by its credentials', async ({ world, ingress }) => {
    const answer = await deliver(ingress, call(undefined, 'v1.eu.nameless'), as(second))
    expect(answer.body.status).toBe('queued')
    await expect.poll(async () => (await world.records.read('app-2', 'v1.eu.nameless'))?.rings.length).toBe(1)
  })

  it('an end of one tenant does not end the other’s call with the same session id', async ({
    world,
    ingress,
  }) => {
    const sessionId = 'v1.eu.same-session'
    await deliver(ingress, call('app-1', sessionId), as(first))
    await expect.poll(async () => (await world.records.read('app-1', sessionId))?.rings.length).toBe(1)
    const end = { ...signalledEnd('cancelled', { sessionId, sentAt: Date.now() }), appId: 'app-2' }
    expect((await deliver(ingress, end, as(second))).body.status).toBe('queued')
    await expect
      .poll(async () => (await world.records.read('app-2', sessionId))?.end?.action)
      .toBe('cancelled')
    expect((await world.records.read('app-1', sessionId))?.rings[0]?.state).toBe('ringing')
  })

  it('a registration has to name its app', async ({ world, ingress }) => {
    const body = { uid: 'carol', platform: 'ios', token: 'b2'.repeat(32) }
    expect(await register(ingress, body, registrationKey)).toMatchObject({ status: 400 })
    expect((await register(ingress, { ...body, appId: 'app-2' }, registrationKey)).status).toBe(401)
    expect(await world.devices.list('app-2', 'carol')).toEqual([])
  })
})

describe('a call of a tenant that the worker does not know', () => {
  it('is recorded with the reason why no phone rang', async ({ world }) => {
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
