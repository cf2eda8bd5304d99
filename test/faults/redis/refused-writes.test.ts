import { setTimeout as pause } from 'node:timers/promises'
import { startRedis } from '@ringer/fakes'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../fixtures/describe-with-redis-server.ts'
import {
  DEFAULT_SESSION_ID,
  deliver,
  deliverUntilStored,
  initiated,
  register,
  tokens,
} from '../../webhooks.ts'
import { startWorld, type World } from '../../world.ts'

const limit = { timeout: 60_000 }

/** A world whose Redis can be made to answer every write with an error, while it answers reads. */
async function startRefusingWorld() {
  const redis = await startRedis({ kind: 'redis-server', args: ['--appendonly', 'no'] })
  const admin = new Redis(redis.url)
  const world = await startWorld(redis)
  onTestFinished(async () => {
    await world.close()
    admin.disconnect()
    await redis.close()
  })
  const faults = {
    NOREPLICAS: (on: boolean) => admin.config('SET', 'min-replicas-to-write', on ? '1' : '0'),
    OOM: (on: boolean) => admin.config('SET', 'maxmemory', on ? '1' : '0'),
  }
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  world.addWorker()
  return { world, faults }
}

const outcomes = async (world: World) =>
  (await world.records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.devices.map(({ outcome }) => outcome)

describeWithRedisServer('a Redis that refuses writes', () => {
  // Recording the outcome failed, so the job ran again: up to nine VoIP pushes for one call.
  it.each(['NOREPLICAS', 'OOM'] as const)(
    'eight times for 400 ms after the providers accepted, with %s, causes no second push, and the outcome is recorded',
    limit,
    async fault => {
      const { world, faults } = await startRefusingWorld()
      world.apns.order({ delayMs: 300 })
      world.fcm.order({ delayMs: 300 })
      await deliver(world.ingress, initiated())
      await Promise.all([world.apns, world.fcm].map(fake => fake.waitFor(({ length }) => length === 1)))
      for (let flap = 0; flap < 8; flap += 1) {
        await faults[fault](true)
        await pause(400)
        await faults[fault](false)
        await pause(100)
      }
      await expect.poll(() => outcomes(world), { timeout: 10_000 }).toEqual(['accepted', 'accepted'])
      expect(world.apns.received).toHaveLength(1)
      expect(world.fcm.received).toHaveLength(1)
    },
  )

  // BullMQ gave the job up after 20 attempts, 500 ms apart, with 17 s of the ring left.
  it('for 13 s while a retry is pending does not lose the ring', limit, async () => {
    const { world, faults } = await startRefusingWorld()
    world.apns.order({ status: 503, reason: 'ServiceUnavailable' })
    await deliver(world.ingress, initiated())
    await world.apns.waitFor(({ length }) => length === 1)
    await faults.NOREPLICAS(true)
    await pause(13_000)
    await faults.NOREPLICAS(false)
    await expect.poll(() => world.apns.acceptedCount(tokens.iphone), { timeout: 10_000 }).toBe(1)
    await expect.poll(() => outcomes(world), { timeout: 10_000 }).toEqual(['accepted', 'accepted'])
  })

  it('is answered 503 by the ingress, and the call rings once it accepts them', limit, async () => {
    const { world, faults } = await startRefusingWorld()
    await faults.NOREPLICAS(true)
    expect((await deliver(world.ingress, initiated())).status).toBe(503)
    await faults.NOREPLICAS(false)
    await deliverUntilStored(world.ingress, initiated())
    await expect.poll(() => outcomes(world), { timeout: 10_000 }).toEqual(['accepted', 'accepted'])
  })
})
