import { pushQueueName } from '@ringer/store'
import { expect } from 'vitest'
import { DEFAULT_SESSION_ID, deliver, initiated, register, tokens } from '../webhooks.ts'
import { it, type World } from '../world.ts'

/** How many pushes wait. Those to a token that has never worked are in the sorted set of those that go last. */
const waiting = async ({ reader, prefix }: World, provider: string) =>
  (await reader.llen(`${prefix}:${pushQueueName(provider)}:wait`)) +
  (await reader.zcard(`${prefix}:${pushQueueName(provider)}:prioritized`))

const outcomes = async ({ records }: World) =>
  Object.fromEntries(
    (await records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.devices.map(device => [
      device.platform,
      device.outcome,
    ]) ?? [],
  )

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
})

it('a worker that serves only calls hands every phone to the queue of its provider', async ({ world }) => {
  world.addWorker({ queues: ['calls'] })
  await deliver(world.ingress, initiated())
  await expect.poll(() => outcomes(world)).toEqual({ ios: 'queued', android: 'queued' })
  await expect.poll(() => waiting(world, 'apns')).toBe(1)
  await expect.poll(() => waiting(world, 'fcm')).toBe(1)
  expect([...world.apns.received, ...world.fcm.received]).toEqual([])
  world.addWorker({ queues: ['pushes-apns'] })
  await expect.poll(() => outcomes(world)).toEqual({ ios: 'accepted', android: 'queued' })
  world.addWorker({ queues: ['pushes-fcm'] })
  await expect.poll(() => outcomes(world)).toEqual({ ios: 'accepted', android: 'accepted' })
})

it('a worker that serves calls and Apple rings iPhones at once, and queues Android phones', async ({
  world,
}) => {
  world.addWorker({ queues: ['calls', 'pushes-apns'] })
  await deliver(world.ingress, initiated())
  await expect.poll(() => outcomes(world)).toEqual({ ios: 'accepted', android: 'queued' })
  await expect.poll(() => waiting(world, 'fcm')).toBe(1)
})

it('an iPhone of the other environment rings from the queue as well', async ({ world }) => {
  const sandboxToken = { state: 'active', environment: 'sandbox' } as const
  world.apns.devices.set(tokens.iphone, sandboxToken)
  world.sandbox.devices.set(tokens.iphone, sandboxToken)
  world.addWorker({ queues: ['calls'] })
  await deliver(world.ingress, initiated())
  await expect.poll(() => waiting(world, 'apns')).toBe(1)
  world.addWorker({ queues: ['pushes-apns'] })
  await expect.poll(() => world.sandbox.acceptedCount(tokens.iphone), { timeout: 5_000 }).toBe(1)
})
