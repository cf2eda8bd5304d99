import { startRedis } from '@ringer/fakes'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeWithRedisServer } from '../../fixtures/describe-with-redis-server.ts'
import { DEFAULT_SESSION_ID, deliver, initiated, register, tokens } from '../../webhooks.ts'
import { impatient, startWorld, type World } from '../../world.ts'

let world: World
let redis: Awaited<ReturnType<typeof startWithAof>>
const startWithAof = () =>
  startRedis({ kind: 'redis-server', args: ['--appendonly', 'yes', '--appendfsync', 'no'] })

const limit = { timeout: 60_000 }
const recovery = { timeout: 15_000, interval: 50 }
const statusOf = async (url: string) => (await fetch(new URL('/health/ready', url))).status

describeWithRedisServer('a Redis that is killed and restarted', () => {
  beforeEach(async () => {
    redis = await startWithAof()
    world = await startWorld(redis, impatient)
    await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
    await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  })
  afterEach(async () => {
    await world.close()
    await redis.close()
  })

  // F24: the consumer was dead after a fail-over, and the health check said OK.
  it(
    'is found again by a worker that was not restarted, whose readiness is correct throughout',
    limit,
    async () => {
      const worker = await world.addWorkerProcess({ RINGER_BUDGETS: 'off' })
      // A worker that has just started may still be connecting.
      await expect.poll(() => statusOf(worker.adminUrl), recovery).toBe(200)
      await redis.kill()
      await expect.poll(() => statusOf(worker.adminUrl), { timeout: 5_000 }).toBe(503)
      expect((await deliver(world.ingress, initiated())).status).toBe(503)

      await redis.restart()
      await expect.poll(() => statusOf(worker.adminUrl), { timeout: 10_000 }).toBe(200)
      await expect
        .poll(async () => (await deliver(world.ingress, initiated())).status, { timeout: 10_000 })
        .toBe(200)
      await world.apns.waitFor(received => received.length === 1)
      await world.fcm.waitFor(received => received.length === 1)
    },
  )

  it('still has the calls that were answered 200, and they ring', limit, async () => {
    expect((await deliver(world.ingress, initiated())).body.status).toBe('queued')
    await redis.kill()
    await redis.restart()
    world.addWorker()
    await world.apns.waitFor(received => received.length === 1, { timeoutMs: 10_000 })
    await world.fcm.waitFor(received => received.length === 1, { timeoutMs: 10_000 })
  })

  it('does not cause a second push for one that was sent while it was down', limit, async () => {
    world.addWorker()
    world.apns.order({ delayMs: 1_000 })
    await deliver(world.ingress, initiated())
    await world.apns.waitFor(received => received.length === 1)
    await redis.kill()
    await redis.restart()
    await expect
      .poll(
        async () => {
          const call = await world.records.read('default', DEFAULT_SESSION_ID)
          return call?.rings[0]?.devices.map(device => device.outcome)
        },
        { timeout: 15_000 },
      )
      .toEqual(['accepted', 'accepted'])
    expect(world.apns.received).toHaveLength(1)
    expect(world.fcm.received).toHaveLength(1)
  })
})
