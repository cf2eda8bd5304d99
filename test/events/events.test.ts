import { EVENTS } from '@ringer/store'
import { Queue } from 'bullmq'
import { describe, expect } from 'vitest'
import { EVENTS_IN_HAND } from '../../apps/worker/src/events/serve-events.ts'
import { createWorkerMetrics } from '../../apps/worker/src/metrics.ts'
import { bob, participantJoined, sessionEnded } from '../../packages/payloads/test/webhooks.ts'
import { collectLog } from '../signals/collect-log.ts'
import { DEFAULT_SESSION_ID, deliver, ended, initiated, post, register, tokens } from '../webhooks.ts'
import { type World, it as worldIt } from '../world.ts'
import { type Backend, startBackend } from './start-backend.ts'

const it = worldIt.extend('backend', async ({ world: _ }, { onCleanup }): Promise<Backend> => {
  const backend = await startBackend()
  onCleanup(() => backend.close())
  return backend
})

/** `call_ended`, which comes for a call that was answered. */
const callEnded = () => sessionEnded('call', { sessionId: DEFAULT_SESSION_ID, at: Date.now() })

const all = ['calls', 'pushes-apns', 'pushes-fcm', 'events']
const iphone = { uid: 'bob', platform: 'ios', token: tokens.iphone }
const android = { uid: 'bob', platform: 'android', token: tokens.android }

const start = (world: World, backend: Backend, more: Parameters<World['addWorker']>[0] = {}) =>
  world.addWorker({ queues: all, tenant: { events: backend.settings }, ...more })

it('a call is reported to the backend from the first phone to its end, each event once, with no token and no name', async ({
  world,
  backend,
}) => {
  await register(world.ingress, iphone)
  await register(world.ingress, android)
  start(world, backend)
  await deliver(world.ingress, initiated())
  await expect.poll(backend.types).toEqual(['ring.accepted'])
  await deliver(
    world.ingress,
    participantJoined('call', { sessionId: DEFAULT_SESSION_ID, who: bob, at: Date.now() }),
  )
  await expect.poll(backend.types).toEqual(['ring.accepted', 'ring.answered'])
  await deliver(world.ingress, callEnded())
  await expect.poll(backend.types).toEqual(['ring.accepted', 'ring.answered', 'ring.ended'])

  expect(backend.faults).toEqual([])
  expect(backend.events[0]).toMatchObject({
    appId: 'default',
    data: { sessionId: DEFAULT_SESSION_ID, recipient: 'bob', caller: 'alice', callType: expect.any(String) },
  })
  expect(backend.events.at(-1)).toMatchObject({ data: { action: 'ended' } })
  expect(new Set(backend.events.map(({ id }) => id)).size).toBe(3)
  for (const secretOrName of [tokens.iphone, tokens.android, 'Alice', 'Bob', 'https://'])
    expect(backend.bodies.join()).not.toContain(secretOrName)
})

it.extend('worldOptions', { stateUrls: true, events: true })(
  'a receipt that the call is shown is reported once, although the phone repeats it',
  async ({ world, backend }) => {
    await register(world.ingress, android)
    start(world, backend)
    await deliver(world.ingress, initiated())
    const [push] = await world.fcm.waitFor(received => received.length === 1)
    const { stateUrl = '' } = push?.data ?? {}
    const report = () =>
      post(`${world.ingress}${new URL(String(stateUrl)).pathname}`, '{"event":"shown"}', {})
    for (let number = 1; number <= 3; number += 1) expect((await report()).status).toBe(204)
    await expect.poll(backend.types).toEqual(['ring.accepted', 'ring.shown'])
    await deliver(world.ingress, ended('cancelled'))
    await expect.poll(() => backend.events.length).toBe(4)
    expect(backend.types()).toContain('ring.missed')
    expect(backend.bodies.join()).not.toContain(String(stateUrl))
  },
)

describe('a ring that nobody answered', () => {
  it.extend('worldOptions', { ringMs: 2_000 })(
    'is reported as missed at its deadline, and only once although its end comes later',
    async ({ world, backend }) => {
      await register(world.ingress, iphone)
      start(world, backend)
      await deliver(world.ingress, initiated())
      await expect.poll(backend.types).toEqual(['ring.accepted', 'ring.missed'])
      await deliver(world.ingress, ended('unanswered'))
      await expect.poll(backend.types).toEqual(['ring.accepted', 'ring.missed', 'ring.ended'])
      expect(backend.events[1]).toMatchObject({ data: { diagnosis: { code: 'accepted' } } })
    },
  )

  it('is missed when the caller hangs up, and not when the recipient rejects', async ({ world, backend }) => {
    await register(world.ingress, iphone)
    start(world, backend)
    await deliver(world.ingress, initiated())
    await expect.poll(backend.types).toEqual(['ring.accepted'])
    await deliver(world.ingress, ended('cancelled'))
    await expect.poll(() => backend.types().sort()).toEqual(['ring.accepted', 'ring.ended', 'ring.missed'])
    const other = 'v1.eu.other'
    await deliver(world.ingress, initiated({ sessionId: other }))
    await expect.poll(() => backend.events.length).toBe(4)
    await deliver(world.ingress, ended('rejected', other))
    await expect.poll(() => backend.types().slice(3)).toEqual(['ring.accepted', 'ring.ended'])
  })
})

describe('a ring that reached no phone', () => {
  it('failed, and the event says why', async ({ world, backend }) => {
    start(world, backend)
    await deliver(world.ingress, initiated())
    await expect.poll(backend.types).toEqual(['ring.failed'])
    expect(backend.events[0]).toMatchObject({
      data: { diagnosis: { code: 'no-device', sentence: expect.stringContaining('no phone') } },
    })
  })

  // Long before the deadline: the backend can still do something else, such as an SMS.
  it('failed because the record of the only phone cannot be read, as soon as that is known', async ({
    world,
    backend,
  }) => {
    const { body } = await register(world.ingress, iphone)
    await world.reader.hset(world.keys.device(body.deviceId ?? ''), 'registeredAt', 'soon')
    start(world, backend)
    await deliver(world.ingress, initiated())
    await expect.poll(backend.types, { timeout: 5_000 }).toEqual(['ring.failed'])
    expect(backend.events[0]).toMatchObject({ data: { diagnosis: { code: 'device-unreadable' } } })
  })

  it('failed because the token is dead, and the device was forgotten', async ({ world, backend }) => {
    const { body } = await register(world.ingress, iphone)
    world.apns.devices.set(tokens.iphone, { state: 'unregistered' })
    start(world, backend)
    await deliver(world.ingress, initiated())
    await expect.poll(() => backend.types().sort()).toEqual(['device.forgotten', 'ring.failed'])
    const [forgotten] = backend.events.filter(({ type }) => type === 'device.forgotten')
    expect(forgotten?.data).toMatchObject({
      ...{ deviceId: body.deviceId, uid: 'bob', platform: 'ios', diagnosis: { code: 'token-dead' } },
    })
    expect(backend.bodies.join()).not.toContain(tokens.iphone)
  })
})

it('a device that is set aside is reported with the reason', async ({ world, backend }) => {
  const madeUp = 'b2'.repeat(32)
  world.apns.devices.set(madeUp, { state: 'active', environment: 'sandbox' })
  const phone = { ...iphone, environment: 'production' }
  await register(world.ingress, phone)
  await register(world.ingress, { ...phone, token: madeUp })
  start(world, backend)
  for (let number = 1; number <= 5; number += 1) {
    const sessionId = `v1.eu.call-${number}`
    await deliver(world.ingress, initiated({ sessionId }))
    const settled = async () =>
      (await world.records.read('default', sessionId))?.rings[0]?.devices.filter(({ settledAt }) => settledAt)
        .length
    await expect.poll(settled).toBe(2)
  }
  await expect.poll(backend.types).toContain('device.set-aside')
  const [setAside] = backend.events.filter(({ type }) => type === 'device.set-aside')
  expect(setAside?.data).toMatchObject({ reason: 'BadDeviceToken', diagnosis: { code: 'device-retired' } })
})

/** Has the events that wait for their next attempt sent now. */
async function hurry(world: World) {
  const queue = new Queue(EVENTS, { connection: world.reader, prefix: world.prefix })
  const delayed = await queue.getDelayed()
  const failed = delayed.filter(({ data }) => data.failures > 0)
  await Promise.all(failed.map(job => job.promote()))
  await queue.close()
  return failed.length
}

describe('a backend in trouble', () => {
  it.for([[500], [302], ['close']] as const)(
    'gets an event again, with the same id, after it answered with %s',
    async ([answer], { world, backend }) => {
      start(world, backend)
      backend.answer = () => answer
      await deliver(world.ingress, initiated())
      await expect.poll(() => hurry(world)).toBe(1)
      backend.answer = () => 204
      await expect.poll(backend.types).toEqual(['ring.failed'])
      expect(new Set(backend.bodies.map(body => JSON.parse(body).id)).size).toBe(1)
    },
  )

  it('that never answers delays no ring', async ({ world, backend }) => {
    await register(world.ingress, iphone)
    backend.answer = () => 'nothing'
    const worker = start(world, backend)
    const sessionIds = Array.from({ length: 50 }, (_, index) => `v1.eu.call-${index}`)
    await Promise.all(sessionIds.map(sessionId => deliver(world.ingress, initiated({ sessionId }))))
    const tookMs = async () => {
      const calls = await Promise.all(sessionIds.map(sessionId => world.records.read('default', sessionId)))
      const rings = calls.flatMap(call => call?.rings ?? [])
      return rings.flatMap(
        ({ receivedAt, devices: [phone] }) => (phone?.settledAt ?? Number.NaN) - receivedAt,
      )
    }
    await expect.poll(async () => (await tookMs()).filter(ms => ms >= 0).length).toBe(50)
    // An event waits for this backend for 5 s, and more of them wait than may be under way.
    expect(Math.max(...(await tookMs()))).toBeLessThan(5_000)
    await expect.poll(() => backend.bodies.length).toBeGreaterThan(0)
    expect(backend.bodies.length).toBeLessThanOrEqual(40)
    // Nor does it make the worker unready.
    expect(Object.keys(await worker.readBacklog())).not.toContain(EVENTS)
    const queue = new Queue(EVENTS, { connection: world.reader, prefix: world.prefix })
    // As many deliveries as one backend may have, and as many looks.
    expect(await queue.getActiveCount()).toBeLessThanOrEqual(2 * EVENTS_IN_HAND)
    await queue.close()
  })

  it('that answers 410 gets no more events, and the log says so once, without the address', async ({
    world,
    backend,
  }) => {
    const { log, lines } = collectLog()
    backend.answer = () => 410
    start(world, backend, { log })
    await deliver(world.ingress, initiated())
    await expect.poll(() => lines.filter(({ msg }) => msg.includes('410')).length).toBe(1)
    await deliver(world.ingress, initiated({ sessionId: 'v1.eu.second' }))
    await expect.poll(async () => (await world.records.read('default', 'v1.eu.second'))?.rings.length).toBe(1)
    expect(backend.bodies).toHaveLength(1)
    expect(JSON.stringify(lines)).not.toContain('/ringer')
  })
})

it('a worker whose WORKER_QUEUES lacks events leaves the events to another worker', async ({
  world,
  backend,
}) => {
  start(world, backend, { queues: ['calls', 'pushes-apns', 'pushes-fcm'] })
  await deliver(world.ingress, initiated())
  const queue = new Queue(EVENTS, { connection: world.reader, prefix: world.prefix })
  await expect.poll(() => queue.getWaitingCount()).toBe(1)
  await queue.close()
  start(world, backend, { queues: ['events'] })
  await expect.poll(backend.types).toEqual(['ring.failed'])
})

it('the events queue leaves no key in Redis if no URL for events is set', async ({ world }) => {
  await register(world.ingress, iphone)
  world.addWorker({ queues: all })
  await deliver(world.ingress, initiated())
  await world.apns.waitFor(received => received.length === 1)
  await deliver(world.ingress, ended('cancelled'))
  await expect
    .poll(async () => (await world.records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.state)
    .toBe('ended')
  const keys = 'keys' in world.reader ? await world.reader.keys(`${world.prefix}:${EVENTS}:*`) : []
  expect(keys).toEqual([])
})

it('deliveries are counted, with how long they took', async ({ world, backend }) => {
  const metrics = createWorkerMetrics({ apps: new Map(), providers: [], withEvents: ['default'] })
  start(world, backend, { metrics })
  await deliver(world.ingress, initiated())
  await expect.poll(backend.types).toEqual(['ring.failed'])
  const read = (name: string) => metrics.registry.getSingleMetricAsString(name)
  await expect.poll(() => read('ringer_events_total')).toMatch(/result="delivered"} 1/)
  expect(await read('ringer_event_seconds')).toMatch(/ringer_event_seconds_count{.*} 1/)
})
