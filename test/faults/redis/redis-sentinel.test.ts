import { type Sentinels, startSentinels } from '@ringer/fakes'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeWithRedisServer } from '../../fixtures/describe-with-redis-server.ts'
import { deliver, initiated, register, tokens } from '../../webhooks.ts'
import { impatient, startWorld, type World } from '../../world.ts'
import { observe, readiness } from '../observe.ts'

/** A fail-over takes 2 to 3 s, and much longer on a busy machine. */
const failover = { timeout: 30_000, interval: 100 }
const limit = { timeout: 90_000 }

let redis: Sentinels
let world: World

/** The calls that were answered 200 after the first refusal. */
let stored: string[] = []
let refused = false
let calls = 0
async function ring(): Promise<number> {
  const sessionId = `v1.eu.sentinel-${calls++}`
  const { status } = await deliver(world.ingress, initiated({ sessionId }))
  refused ||= status !== 200
  if (refused && status === 200) stored.push(sessionId)
  return status
}

describeWithRedisServer('a Redis master with a replica and sentinels', () => {
  beforeEach(async () => {
    stored = []
    refused = false
    redis = await startSentinels({ sentinels: 3 })
    const { name, sentinels } = redis
    world = await startWorld({ kind: 'sentinel', sentinels, name, credentials: {} }, impatient)
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  })
  afterEach(async () => {
    await world.close()
    await redis.close()
  })

  it(
    'is replaced when it is killed: webhooks get 503 within a second meanwhile, and then ring again',
    limit,
    async () => {
      const worker = await world.addWorkerProcess({ RINGER_BUDGETS: 'off' })
      await deliver(world.ingress, initiated())
      await world.apns.waitFor(received => received.length === 1, { timeoutMs: 10_000 })
      await waitForReplication()

      const killAndWait = async () => {
        await redis.killMaster()
        await expect.poll(ring, failover).toBe(200)
        await expect.poll(() => readiness(world.ingress), failover).toBe(200)
        await expect.poll(() => readiness(worker.adminUrl), failover).toBe(200)
      }
      let webhooks = { statuses: [0], longestMs: 0 }
      let ingress = webhooks
      const workers = await observe(
        () => readiness(worker.adminUrl),
        async () => {
          ingress = await observe(
            () => readiness(world.ingress),
            async () => {
              webhooks = await observe(ring, killAndWait)
            },
          )
        },
      )
      expect(new Set(webhooks.statuses)).toEqual(new Set([200, 503]))
      expect(webhooks.longestMs).toBeLessThan(1_000)
      expect(new Set(ingress.statuses)).toEqual(new Set([200, 503]))
      expect(new Set(workers.statuses)).toEqual(new Set([200, 503]))

      await expectStoredToRing()
    },
  )

  // A host that loses its power closes no connection: they stay open, and nothing answers.
  it('is replaced when it and one of the sentinels fall silent', limit, async () => {
    const worker = await world.addWorkerProcess({ RINGER_BUDGETS: 'off' })
    await deliver(world.ingress, initiated())
    await world.apns.waitFor(received => received.length === 1, { timeoutMs: 10_000 })
    await waitForReplication()
    const [master] = redis.servers
    const webhooks = await observe(ring, async () => {
      master.pause()
      redis.watchers[0]?.pause()
      await expect.poll(() => readiness(world.ingress), failover).toBe(503)
      await expect.poll(() => readiness(worker.adminUrl), failover).toBe(503)
      await expect.poll(ring, failover).toBe(200)
      // The worker waits longer for an answer than the ingress does, but not as long as a phone rings.
      await expect.poll(() => readiness(worker.adminUrl), { timeout: 8_000 }).toBe(200)
    })
    expect(webhooks.longestMs).toBeLessThan(1_000)
    await expectStoredToRing()
    // The old master believes that it is still the master until a sentinel demotes it. Nobody writes to it any more.
    master.resume()
    await expect.poll(ring, failover).toBe(200)
    await expectStoredToRing()
  })

  // F34: replication is asynchronous, so a call that was answered 200 can be lost with the master.
  it.each([
    { what: 'was lost with it', lost: true, answer: 'queued' },
    { what: 'was replicated', lost: false, answer: 'duplicate' },
  ])('rings once for a call that $what and whose webhook is retried', limit, async ({ lost, answer }) => {
    await waitForReplication()
    if (lost) await redis.stopReplication()
    const webhook = initiated()
    expect((await deliver(world.ingress, webhook)).body.status).toBe('queued')
    if (!lost) await waitForReplication()
    await redis.killMaster()
    await expect.poll(async () => (await deliver(world.ingress, webhook)).body.status, failover).toBe(answer)
    expect((await deliver(world.ingress, webhook)).body.status).toBe('duplicate')

    world.addWorker()
    await world.apns.waitFor(received => received.length > 0, { timeoutMs: 10_000 })
    // A second push of this call would arrive before the push of a later call.
    await deliver(world.ingress, initiated({ sessionId: 'v1.eu.later' }))
    await world.apns.waitFor(received => received.map(sessionIdOf).includes('v1.eu.later'), {
      timeoutMs: 10_000,
    })
    expect(world.apns.received).toHaveLength(2)
  })
})

/** Resolves when the replica has everything written so far. */
async function waitForReplication() {
  await world.reader.set(`${world.prefix}:replicated`, 'yes')
  expect(await world.reader.wait(1, 10_000)).toBe(1)
}

/** Each call that was answered 200 after the first refusal rings once. */
async function expectStoredToRing() {
  const rang = () => world.apns.received.map(sessionIdOf).filter(id => stored.includes(id))
  await expect.poll(() => rang().sort(), { timeout: 10_000 }).toEqual(stored.sort())
}

const sessionIdOf = (push: { data: unknown }) => (push.data as { sessionId: string }).sessionId
