import { startRedis } from '@ringer/fakes'
import { startFakeCometChat } from '@ringer/fakes/cometchat'
import { createCometChatApi, createOutageLog } from '@ringer/service'
import { expect, onTestFinished } from 'vitest'
import { createWorkerMetrics } from '../../apps/worker/src/metrics.ts'
import { signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { describeWithRedisServer } from '../fixtures/describe-with-redis-server.ts'
import { deliver, eachOf, initiated, register, tokens } from '../webhooks.ts'
import { startWorld, it as worldIt } from '../world.ts'
import { collectLog } from './collect-log.ts'

const limit = { timeout: 60_000 }
const patient = { timeout: 15_000 }
const INFINITE = { times: Number.POSITIVE_INFINITY }

const it = worldIt.extend('signals', async () => ({ metrics: createWorkerMetrics(), ...collectLog() }))

const manyCalls = (count: number) => Array.from({ length: count }, (_, index) => `v1.eu.many-${index}`)

it(
  'logs an outage of a provider once when it begins and once when it is over',
  limit,
  async ({ world, signals }) => {
    await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
    // The provider can be reached for another app, so the queue is consumed, and each push is looked at again every second.
    const tenant = world.workerTenant(Date.now, signals)
    const senders = new Map(
      Array.from(tenant.senders, ([name, sender]) => [name, { ...sender, isReachable: () => true }]),
    )
    const tenants = new Map([
      ['default', tenant],
      ['another', { ...tenant, senders }],
    ])
    world.addWorker({ ...signals, tenants })
    await deliver(world.ingress, initiated())
    await world.fcm.waitFor(received => received.length === 1)

    world.fcm.refuseConnections()
    world.fcm.dropConnections()
    const sessions = manyCalls(50)
    await eachOf(sessions, 10, sessionId => deliver(world.ingress, initiated({ sessionId })))
    const begun = () => signals.of('the provider cannot be reached from here')
    await expect.poll(begun, patient).toHaveLength(1)
    expect(begun()).toMatchObject([
      { level: 'warn', app: 'default', provider: 'fcm', reason: expect.any(String) },
    ])
    const reachable = async () =>
      (await signals.metrics.reachable.get()).values.find(({ labels }) => labels.provider === 'fcm')?.value
    expect(await reachable()).toBe(0)
    // Each of the calls waits.
    await expect
      .poll(() => new Set(signals.of('call').map(({ sessionId }) => sessionId)).size, patient)
      .toBe(1 + sessions.length)
    const before = signals.lines.length
    const until = Date.now() + 3_000
    await expect.poll(() => Date.now(), patient).toBeGreaterThan(until)
    expect(signals.lines.slice(before)).toEqual([])

    await world.fcm.acceptConnections()
    await world.fcm.waitFor(received => received.length === 1 + sessions.length, { timeoutMs: 15_000 })
    expect(signals.of('the provider can be reached again')).toMatchObject([
      { level: 'info', ms: expect.any(Number) },
    ])
    expect(begun()).toHaveLength(1)
    expect(await reachable()).toBe(1)
  },
)

// A bad service account looked healthy: eleven attempts a ring until its deadline, all of them `info`.
it(
  "refuses rings at once, at error level with Google's words, if Google refuses the service account",
  limit,
  async ({ world, signals }) => {
    await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
    const body = JSON.stringify({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' })
    world.fcm.orderTokenRequest({ status: 400, body }, { times: 2 })
    world.addWorker(signals)
    await deliver(world.ingress, initiated())
    const words = 'Google refuses the service account: invalid_grant (Invalid JWT Signature.)'
    await expect
      .poll(() => signals.of('ring'), patient)
      .toMatchObject([
        { outcome: 'rejected', diagnosis: 'provider-credentials', reason: `not sent: ${words}` },
      ])
    expect(signals.of('attempt')).toEqual([])
    expect(signals.of('not sent')).toMatchObject([
      { level: 'error', outcome: 'rejected', reason: `not sent: ${words}` },
    ])
    const refused = signals.of('the provider refuses the credentials; no push is accepted')
    expect(refused).toMatchObject([{ level: 'error', provider: 'fcm', reason: words }])

    // The account was mended at Google.
    await expect
      .poll(() => signals.of('the provider accepts the credentials again'), patient)
      .toMatchObject([{ level: 'info' }])
    await deliver(world.ingress, initiated({ sessionId: 'v1.eu.later' }))
    await expect.poll(() => world.fcm.accepted(tokens.android), patient).toHaveLength(1)
    expect(signals.of('the provider refuses the credentials; no push is accepted')).toHaveLength(1)
  },
)

it('logs once, in Apple’s words, that Apple refuses the credentials', limit, async ({ world, signals }) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  world.apns.order({ status: 403, reason: 'InvalidProviderToken' }, { times: 3 })
  world.addWorker(signals)
  await eachOf(manyCalls(3), 1, sessionId => deliver(world.ingress, initiated({ sessionId })))
  await expect.poll(() => signals.of('ring'), patient).toHaveLength(3)
  expect(signals.of('the provider refuses the credentials; no push is accepted')).toMatchObject([
    { level: 'error', provider: 'apns', reason: 'InvalidProviderToken' },
  ])
  const gauge = async () =>
    (await signals.metrics.credentialsRefused.get()).values.find(({ labels }) => labels.provider === 'apns')
      ?.value
  expect(await gauge()).toBe(1)
  await deliver(world.ingress, initiated())
  await expect.poll(gauge, patient).toBe(0)
})

it(
  'logs an outage of CometChat once when it begins and once when it is over',
  limit,
  async ({ world, signals }) => {
    const { log, of } = signals
    const cometchat = await startFakeCometChat()
    onTestFinished(() => cometchat.close())
    cometchat.groups.set('chess-club', ['alice', 'bob'])
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
    const outage = createOutageLog({ log, what: 'CometChat', fields: { app: 'default' } })
    const { listMembers } = createCometChatApi(cometchat, Date.now, undefined, outage)
    cometchat.order({ status: 503 }, { times: 4 })
    world.addWorker({ ...signals, tenant: { listMembers } })
    const callee = { uid: 'chess-club' }
    await eachOf(manyCalls(5), 5, sessionId =>
      deliver(world.ingress, signalledRing({ sessionId, callee, receiverType: 'group', sentAt: Date.now() })),
    )
    await world.apns.waitFor(received => received.length === 5, { timeoutMs: 15_000 })
    await expect
      .poll(() => of('CometChat works again'), patient)
      .toMatchObject([{ level: 'info', app: 'default', failures: expect.any(Number) }])
    expect(of('CometChat fails')).toMatchObject([{ level: 'warn', app: 'default', reason: 'status 503' }])
    // One line for each group, however often its members were asked for.
    expect(of('call').map(({ result }) => result)).toEqual(Array(5).fill('group rung'))
  },
)

describeWithRedisServer('an outage of Redis', () => {
  it('is logged once when it begins and once when it is over', limit, async () => {
    const redis = await startRedis({ kind: 'redis-server', args: ['--appendonly', 'yes'] })
    onTestFinished(() => redis.close())
    const world = await startWorld(redis)
    onTestFinished(() => world.close())
    const signals = { metrics: createWorkerMetrics(), ...collectLog() }
    const worker = world.addWorker(signals)
    await worker.connected
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
    world.apns.order({ delayMs: 500 }, INFINITE)
    await eachOf(manyCalls(20), 10, sessionId => deliver(world.ingress, initiated({ sessionId })))
    await world.apns.waitFor(received => received.length === 20)

    await redis.kill()
    await expect.poll(() => signals.of('Redis fails'), patient).toHaveLength(1)
    const until = Date.now() + 3_000
    await expect.poll(() => Date.now(), patient).toBeGreaterThan(until)
    await redis.restart()
    await expect
      .poll(() => signals.of('Redis works again'), patient)
      .toMatchObject([{ level: 'info', ms: expect.any(Number), failures: expect.any(Number) }])
    expect(signals.lines.filter(({ level }) => level !== 'info')).toMatchObject([{ msg: 'Redis fails' }])
    await expect.poll(() => signals.of('ring'), patient).toHaveLength(20)
  })
})
