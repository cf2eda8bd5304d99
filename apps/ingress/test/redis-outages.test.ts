import { startRedis } from '@ringer/fakes'
import { expect } from 'vitest'
import { messageSent, SESSION_ID, signalledRing } from '../../../packages/payloads/test/webhooks.ts'
import { describeWithRedisServer } from '../../../test/fixtures/describe-with-redis-server.ts'
import { type Answer, send } from './send.ts'
import { it as ingressIt, type StartedIngress } from './start-ingress.ts'

const asInProduction = { storeLimitMs: 500 }
const recovery = { timeout: 8_000, interval: 50 }
const phone = { uid: 'bob', platform: 'ios', token: 'a1'.repeat(32) }

// These tests kill and freeze Redis, so it is their own.
const it = ingressIt.extend('redis', { scope: 'worker' }, async ({ redisOptions }, { onCleanup }) => {
  const args = ['--appendonly', 'yes', '--appendfsync', 'no']
  const redis = await startRedis({ ...redisOptions, kind: 'redis-server', args })
  onCleanup(() => redis.close())
  return redis
})

ingressIt('answers 503 in time when the store never answers', async ({ startIngress }) => {
  const callQueue = { enqueue: () => new Promise<never>(() => undefined), close: async () => undefined }
  const ingress = await startIngress({ ...asInProduction, callQueue })
  await expectUnavailable(ingress, () => ingress.deliver(signalledRing()))
})

describeWithRedisServer('when Redis is away, the ingress', () => {
  it.afterEach(async ({ redis }) => {
    redis.resume()
    await redis.restart()
  })

  it('answers 503 while Redis is down, and stores the same webhook once it is back (F2, F3)', async ({
    redis,
    startIngress,
  }) => {
    const ingress = await startIngress(asInProduction)
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
    expect(await sessions(ingress)).toEqual(['v1.eu.before', SESSION_ID])
  })

  it('answers 503 while Redis is frozen, and stores a webhook once although it is retried', async ({
    redis,
    startIngress,
  }) => {
    const ingress = await startIngress(asInProduction)
    redis.pause()
    await expectUnavailable(ingress, () => ingress.deliver(signalledRing()))
    await expectUnavailable(ingress, () => ingress.deliver(signalledRing()))
    await expectUnavailable(ingress, () => ingress.register(phone))
    expect(await health(ingress)).toMatchObject({ status: 503 })
    redis.resume()
    await expect
      .poll(async () => (await ingress.deliver(signalledRing())).body.status, recovery)
      .toMatch(/^(queued|duplicate)$/)
    expect(await sessions(ingress)).toEqual([SESSION_ID])
    await expect.poll(async () => (await ingress.register(phone)).body.status, recovery).toBe('registered')
    expect(await ingress.devices.list('default', 'bob')).toHaveLength(1)
  })

  it('answers 503 when it starts without Redis, and works once Redis starts', async ({
    redis,
    startIngress,
  }) => {
    await redis.kill()
    const ingress = await startIngress({ ...asInProduction, redisWaitMs: 50 })
    await expectUnavailable(ingress, () => ingress.deliver(signalledRing()))
    await expectUnavailable(ingress, () => ingress.register(phone))
    await redis.restart()
    await expect
      .poll(async () => (await ingress.deliver(signalledRing())).body.status, recovery)
      // A write that was answered 503 may still have reached Redis; the retry is then a duplicate.
      .toMatch(/^(queued|duplicate)$/)
    expect(await sessions(ingress)).toEqual([SESSION_ID])
  })

  it('answers 503 when it starts while Redis is frozen, and works once Redis resumes', async ({
    redis,
    startIngress,
  }) => {
    redis.pause()
    const ingress = await startIngress({ ...asInProduction, redisWaitMs: 50 })
    await expectUnavailable(ingress, () => ingress.deliver(signalledRing()))
    redis.resume()
    await expect
      .poll(async () => (await ingress.deliver(signalledRing())).body.status, recovery)
      .toMatch(/^(queued|duplicate)$/)
    expect(await sessions(ingress)).toEqual([SESSION_ID])
  })

  it('never answers 200 for a call that is not stored, although Redis dies twice during a burst', async ({
    redis,
    startIngress,
  }) => {
    const ingress = await startIngress(asInProduction)
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

  it('still refuses or ignores requests that need no Redis', async ({ redis, startIngress }) => {
    const ingress = await startIngress(asInProduction)
    await redis.kill()
    expect((await ingress.deliver(signalledRing(), { headers: {} })).status).toBe(401)
    expect((await ingress.deliver('{')).status).toBe(400)
    expect((await ingress.deliver(messageSent())).body.status).toBe('ignored')
    expect((await ingress.register(phone, { headers: { authorization: 'Bearer x' } })).status).toBe(401)
  })
})

async function expectUnavailable(ingress: StartedIngress, ask: () => Promise<Answer>) {
  const began = performance.now()
  const answer = await ask()
  expect(performance.now() - began).toBeLessThan(1_000)
  expect(answer).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } })
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  // The log has the reason of the failed write; the answer does not.
  expect(ingress.log()).toMatch(
    /"level":"warn".*"status":503,"answer":"unavailable","reason":"(?!the event|this)/,
  )
  expect(ingress.log()).not.toContain(phone.token)
}

const health = (ingress: StartedIngress) => send(`${ingress.url}/health/ready`, { method: 'GET' })

const sessions = async (ingress: StartedIngress) =>
  (await ingress.storedJobs()).map(({ event }) => event.sessionId)
