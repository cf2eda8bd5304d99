import { Queue } from 'bullmq'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ringEvent } from '../packages/payloads/test/ring-events.ts'
import { deliver, ended, initiated, register, SESSION_ID, tokens } from './webhooks.ts'
import { startWorld, type World } from './world.ts'

let world: World
beforeEach(async () => {
  world = await startWorld()
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
})
afterEach(() => world.close())

const states = async () => (await world.records.read('default', SESSION_ID))?.rings.map(({ state }) => state)

describe('what the version before has left in Redis, in the middle of an update', () => {
  it('rings: a push that names no app is that of the only one', async () => {
    const receivedAt = Date.now()
    const deadline = receivedAt + 30_000
    const event = ringEvent({ sentAt: receivedAt })
    const { sessionId } = event
    const ring = { appId: 'default', event, receivedAt, dequeuedAt: receivedAt, deadline }
    const { ringId } = await world.records.claim('a job of the version before', ring)
    const [device] = await world.devices.list('default', 'bob')
    const deviceId = device?.id ?? ''
    await world.records.addDevices(
      ringId,
      new Map([[deviceId, { platform: 'ios', outcome: 'queued', attempt: 0 }]]),
    )
    const queue = new Queue('pushes-apns', { connection: world.reader, prefix: world.prefix })
    await queue.add('ring', { kind: 'ring', ringId, sessionId, deviceId, deadline })
    world.addWorker()
    await world.apns.waitFor(received => received.length === 1)
    await queue.close()
  })

  it('does not stop a ring from being claimed: an answer of an hour ago, as it was written then', async () => {
    await world.reader.hset(world.keys.call('default', SESSION_ID), 'answer:bob', Date.now() - 3_600_000)
    world.addWorker()
    await deliver(world.ingress, initiated())
    await world.apns.waitFor(received => received.length === 1)
  })

  it('counts: that Bob answered, as it was written then', async () => {
    await world.reader.hset(world.keys.call('default', SESSION_ID), 'answer:bob', Date.now())
    world.addWorker()
    await deliver(world.ingress, initiated())
    await expect.poll(states).toEqual(['answered'])
    expect(world.apns.received).toEqual([])
  })

  it('does not stop an end: another one, as it was written then', async () => {
    world.addWorker()
    await deliver(world.ingress, initiated())
    await world.apns.waitFor(received => received.length === 1)
    const marker = JSON.stringify({ action: 'unanswered', at: Date.now() })
    await world.reader.hset(world.keys.call('default', SESSION_ID), 'end', marker)
    await deliver(world.ingress, ended('cancelled'))
    await expect.poll(states).toEqual(['ended'])
  })
})
