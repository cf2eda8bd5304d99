import { pushQueueName } from '@ringer/store'
import { expect } from 'vitest'
import { DEFAULT_SESSION_ID, deliver, ended, initiated, register, tokens } from '../webhooks.ts'
import { type World, it as worldIt } from '../world.ts'

const outcomes = async (world: World) => {
  const call = await world.records.read('default', DEFAULT_SESSION_ID)
  return call?.rings[0]?.devices.map(device => device.outcome)
}

const it = worldIt.extend('worldOptions', { ringMs: 5_000 })
it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'android', token: tokens.android })
  world.addWorker()
})

// Google had accepted the push without answering, the ring expired, and the phone was not stopped when the caller hung up.
it.concurrent('a phone that an unanswered push may have rung is stopped when the caller hangs up', async ({
  world,
  expect,
}) => {
  world.fcm.order({ acceptThenHang: true }, { times: 9 })
  await deliver(world.ingress, initiated({ sentAt: Date.now() + 1_000 }))
  await expect.poll(() => outcomes(world), { timeout: 10_000 }).toEqual(['expired'])
  world.fcm.clearOrders()
  await deliver(world.ingress, ended('cancelled'))
  await world.fcm.waitFor(received => received.some(push => push.data.callAction === 'cancelled'))
})

// The phone rang on until the attempt was given up at the deadline.
it.concurrent('a phone is stopped soon after a hang-up during its attempt, although the attempt stays unanswered', async ({
  world,
}) => {
  world.fcm.order({ acceptThenHang: true })
  await deliver(world.ingress, initiated({ sentAt: Date.now() + 25_000 }))
  await world.fcm.waitFor(received => received.length === 1)
  const endedAt = Date.now()
  await deliver(world.ingress, ended('cancelled'))
  await world.fcm.waitFor(received => received.some(push => push.data.callAction === 'cancelled'), {
    timeoutMs: 10_000,
  })
  expect(Date.now() - endedAt).toBeLessThan(3_000)
  expect(await outcomes(world)).toEqual(['sending'])
})

it.concurrent('an attempt that is answered soon after the hang-up stops its phone once', async ({
  world,
  expect,
}) => {
  world.fcm.order({ delayMs: 300 })
  await deliver(world.ingress, initiated())
  await world.fcm.waitFor(received => received.length === 1)
  await deliver(world.ingress, ended('cancelled'))
  await expect.poll(() => outcomes(world), { timeout: 10_000 }).toEqual(['accepted'])
  const queue = `${world.prefix}:${pushQueueName('fcm')}`
  const queued = () =>
    Promise.all([
      ...['wait', 'active'].map(list => world.reader.llen(`${queue}:${list}`)),
      world.reader.zcard(`${queue}:delayed`),
    ])
  await expect.poll(queued, { timeout: 10_000 }).toEqual([0, 0, 0])
  expect(world.fcm.received.map(push => push.data.callAction)).toEqual(['initiated', 'cancelled'])
})
