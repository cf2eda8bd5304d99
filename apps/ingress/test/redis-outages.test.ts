import { type RedisServer, startRedis } from '@ringer/fakes'
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from 'vitest'
import { messageSent, signalledRing } from '../../../packages/payloads/test/webhooks.ts'
import { describeServer } from '../../../packages/store/test/describe-store.ts'
import { type Answer, send } from './send.ts'
import { type StartedIngress, startIngress } from './start-ingress.ts'

const asInProduction = { storeLimitMs: 500 }
const recovery = { timeout: 8_000, interval: 50 }
const phone = { uid: 'bob', platform: 'ios', token: 'a1'.repeat(32) }

it('answers 503 in time to a store that never answers, whatever the reason', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.close())
  const callQueue = { enqueue: () => new Promise<never>(() => undefined), close: async () => undefined }
  const ingress = await startIngress(redis.url, { ...asInProduction, callQueue })
  await expectUnavailable(ingress, () => ingress.deliver(signalledRing()))
})

describeServer('when Redis is away', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis({
      kind: 'redis-server',
      args: ['--appendonly', 'yes', '--appendfsync', 'no'],
    })
  })
  afterEach(async () => {
    redis.resume()
    await redis.restart()
  })
  afterAll(() => redis.close())

  it('answers 503 while it is dead, and stores the same webhook when it is back (F2, F3)', async () => {
    const ingress = await startIngress(redis.url, asInProduction)
    expect((await ingress.deliver(signalledRing({ sessionId: 'v1.eu.before' }))).body.status).toBe('queued')
    await redis.kill()
    for (let round = 0; round < 3; round += 1) {
      await expectUnavailable(ingress, () => ingress.deliver(signalledRing()))
      await expectUnavailable(ingress, () => ingress.register(phone))
      await expectUnavailable(ingress, () => ingress.register(phone, { path: '/api/push/unregister' }))
    }
    expect(await health(ingress)).toMatchObject({ status: 503, body: { status: 'not ready' } })
    expect((await send(`${ingress.url}/health/live`, { method: 'GET' })).status).toBe(200)

    await redis.restart()
    await expect
      .poll(async () => (await ingress.deliver(signalledRing())).body.status, recovery)
      .toBe('queued')
    await expect.poll(async () => (await ingress.register(phone)).body.status).toBe('registered')
    expect(await health(ingress)).toMatchObject({ status: 200, body: { status: 'ready' } })
    expect(await sessions(ingress)).toEqual(['v1.eu.before', signalledSession])
  })

  it('answers 503 while it is frozen, and the retry of what may have been stored is stored once', async () => {
    const ingress = await startIngress(redis.url, asInProduction)
    redis.pause()
    await expectUnavailable(ingress, () => ingress.deliver(signalledRing()))
    await expectUnavailable(ingress, () => ingress.deliver(signalledRing()))
    await expectUnavailable(ingress, () => ingress.register(phone))
    expect(await health(ingress)).toMatchObject({ status: 503 })
    redis.resume()
    await expect
      .poll(async () => (await ingress.deliver(signalledRing())).body.status, recovery)
      .toMatch(/^(queued|duplicate)$/)
    expect(await sessions(ingress)).toEqual([signalledSession])
    await expect.poll(async () => (await ingress.register(phone)).body.status, recovery).toBe('registered')
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
  })

  it('answers 503 when it was never there, and works when it comes', async () => {
    await redis.kill()
    const ingress = await startIngress(redis.url, asInProduction, 50)
    await expectUnavailable(ingress, () => ingress.deliver(signalledRing()))
    await expectUnavailable(ingress, () => ingress.register(phone))
    await redis.restart()
    await expect
      .poll(async () => (await ingress.deliver(signalledRing())).body.status, recovery)
      // A 503 may have been a store that was only slow: the retry finds it, and it is stored once.
      .toMatch(/^(queued|duplicate)$/)
    expect(await sessions(ingress)).toEqual([signalledSession])
  })

  it('answers 503 when it starts beside a frozen one, and works when that thaws', async () => {
    redis.pause()
    const ingress = await startIngress(redis.url, asInProduction, 50)
    await expectUnavailable(ingress, () => ingress.deliver(signalledRing()))
    redis.resume()
    await expect
      .poll(async () => (await ingress.deliver(signalledRing())).body.status, recovery)
      .toMatch(/^(queued|duplicate)$/)
    expect(await sessions(ingress)).toEqual([signalledSession])
  })

  it('never says 200 to a call that is not stored, however often it dies in a burst', async () => {
    const ingress = await startIngress(redis.url, asInProduction)
    const accepted: string[] = []
    let sent = 0
    const burst = async () => {
      for (let index = 0; index < 40; index += 1) {
        const sessionId = `v1.eu.burst-${sent++}`
        if ((await ingress.deliver(signalledRing({ sessionId }))).status === 200) accepted.push(sessionId)
      }
    }
    const bursts = Promise.all([burst(), burst(), burst()])
    await redis.kill()
    await redis.restart()
    await redis.kill()
    await redis.restart()
    await bursts
    await expect.poll(async () => (await ingress.deliver(signalledRing())).status, recovery).toBe(200)
    expect(await sessions(ingress)).toEqual(expect.arrayContaining(accepted))
  })

  it('still refuses what is refused anyhow', async () => {
    const ingress = await startIngress(redis.url, asInProduction)
    await redis.kill()
    expect((await ingress.deliver(signalledRing(), { headers: {} })).status).toBe(401)
    expect((await ingress.deliver('{')).status).toBe(400)
    expect((await ingress.deliver(messageSent())).body.status).toBe('ignored')
    expect((await ingress.register(phone, { headers: { authorization: 'Bearer x' } })).status).toBe(401)
  })
})

const signalledSession = 'v1.eu.3f0c9a71d2b84e6f90ab12cd34ef5678.17810245305a6b'

async function expectUnavailable(ingress: StartedIngress, ask: () => Promise<Answer>) {
  const began = performance.now()
  const answer = await ask()
  expect(performance.now() - began).toBeLessThan(1_000)
  expect(answer).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } })
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  // The operator is told what Redis said, the caller is not.
  expect(ingress.log()).toMatch(
    /"level":"warn".*"status":503,"answer":"unavailable","reason":"(?!the event|this)/,
  )
  expect(ingress.log()).not.toContain(phone.token)
}

const health = (ingress: StartedIngress) => send(`${ingress.url}/health/ready`, { method: 'GET' })

const sessions = async (ingress: StartedIngress) =>
  (await ingress.storedJobs()).map(({ event }) => event.sessionId)
