import type { OutgoingEvent } from '@ringer/payloads'
import { providers } from '@ringer/providers'
import { createEventQueue, EVENTS, type EventQueue } from '@ringer/store'
import { Queue } from 'bullmq'
import { describe, expect } from 'vitest'
import { it as storeIt } from '../../../../test/fixtures/store.ts'
import type { EventDeps } from '../../src/events/event-deps.ts'
import { lookAtDevice } from '../../src/events/look-at-device.ts'
import { lookAtRing } from '../../src/events/look-at-ring.ts'
import { openPushWorld } from '../pushes/push-world.ts'

const apns =
  providers[0] ??
  (() => {
    throw new Error('there are no providers')
  })()

const it = storeIt
  .extend('push', ({ store }, { onCleanup }) => {
    const push = openPushWorld(store, apns)
    onCleanup(() => push.close())
    return push
  })
  .extend('events', ({ store, push }, { onCleanup }): EventQueue & { stored(): Promise<string[]> } => {
    const queue = createEventQueue(store.redis, store.prefix, { isOn: () => true, clock: push.now })
    const reader = new Queue(EVENTS, { connection: store.redis, prefix: store.prefix })
    onCleanup(async () => {
      await queue.close()
      await reader.close()
    })
    const stored = async () => {
      const jobs = await reader.getJobs(['wait', 'delayed'])
      return jobs.map(({ data }) => (data.kind === 'deliver' ? data.event.type : data.kind)).sort()
    }
    return { ...queue, stored }
  })

describe('a look at a ring', () => {
  it('finds an event that was lost because a worker died between the record and the event', async ({
    push,
    events,
  }) => {
    const { job } = await push.prepareRing()
    await push.handle(job)
    expect(await events.stored()).toEqual([])
    const deps = { ...push, events, clock: push.now } as unknown as EventDeps
    const look = { kind: 'ring' as const, appId: job.appId, ringId: job.ringId, at: push.now() }
    for (let number = 1; number <= 3; number += 1) await lookAtRing(look, deps)
    expect(await events.stored()).toEqual(['ring.accepted'])
  })

  it('leaves out events of more than half an hour ago, which earlier looks found', async ({
    push,
    events,
  }) => {
    const { job } = await push.prepareRing()
    await push.handle(job)
    const deps = { ...push, events, clock: push.now } as unknown as EventDeps
    const later = push.now() + 1_801_000
    await lookAtRing({ kind: 'ring', appId: job.appId, ringId: job.ringId, at: later }, deps)
    expect(await events.stored()).toEqual([])
  })

  it('comes back while a push is under way after the deadline', async ({ push, events }) => {
    const { job } = await push.prepareRing()
    await push.records.beginAttempt(job.ringId, job.deviceId, push.now())
    push.advance(31_000)
    const deps = { ...push, events, clock: push.now } as unknown as EventDeps
    const look = { kind: 'ring' as const, appId: job.appId, ringId: job.ringId, at: push.now() }
    expect(await lookAtRing(look, deps)).toMatchObject({ done: false })
    push.advance(10_000)
    expect(await lookAtRing(look, deps)).toEqual({ done: true })
    expect(await events.stored()).toEqual(['ring.failed'])
  })
})

describe('a look at a device', () => {
  const lookOf = (device: { id: string; registeredAt: number }, at: number) => ({
    ...{ kind: 'device' as const, appId: 'app-1', deviceId: device.id, uid: 'bob', platform: 'ios' },
    ...{ deviceKind: 'voip', registeredAt: device.registeredAt, at },
  })

  it('waits for the announced change of the device, and emits its event once', async ({ push, events }) => {
    const { device } = await push.prepareRing()
    const deps = { ...push, events, clock: push.now } as unknown as EventDeps
    const look = lookOf(device, push.now())
    expect(await lookAtDevice(look, deps)).toMatchObject({ done: false })
    await push.devices.forget(device, device.registeredAt)
    for (let number = 1; number <= 2; number += 1) await lookAtDevice(look, deps)
    expect(await events.stored()).toEqual(['device.forgotten'])
  })

  it('emits no event of a device that was registered again, or was kept', async ({ push, events }) => {
    const { device } = await push.prepareRing()
    const deps = { ...push, events, clock: push.now } as unknown as EventDeps
    const earlier = { ...device, registeredAt: device.registeredAt - 1 }
    expect(await lookAtDevice(lookOf(earlier, push.now()), deps)).toEqual({ done: true })
    expect(await lookAtDevice(lookOf(device, push.now() - 60_001), deps)).toEqual({ done: true })
    expect(await events.stored()).toEqual([])
  })
})

describe('the queue of events', () => {
  it('takes no more jobs than its limit, and counts those that it dropped', async ({ store }) => {
    let dropped = 0
    const onDropped = (count: number) => {
      dropped += count
    }
    const queue = createEventQueue(store.redis, store.prefix, { isOn: () => true, onDropped, mostJobs: 3 })
    for (let number = 1; number <= 5; number += 1)
      await queue.ring({ appId: 'app-1', ringId: `ring-${number}` })
    expect(dropped).toBe(2)
    await queue.close()
  })

  it('lets events wait for another attempt while it is half empty, and above that only up to each app’s share', async ({
    store,
  }) => {
    let dropped = 0
    const onDropped = (count: number) => {
      dropped += count
    }
    const startedAt = Date.now()
    const options = { isOn: () => true, onDropped, clock: () => startedAt, mostJobs: 16, apps: 2 }
    const queue = createEventQueue(store.redis, store.prefix, options)
    const waits = (appId: string, id: string) =>
      queue.mayWait({ appId, id } as OutgoingEvent, startedAt + 60_000)
    expect(await Promise.all(['a', 'b', 'c'].map(id => waits('app-1', id)))).toEqual([true, true, true])
    for (let number = 1; number <= 8; number += 1)
      await queue.ring({ appId: 'app-1', ringId: `ring-${number}` })
    expect(await waits('app-1', 'd')).toBe(false)
    expect(dropped).toBe(1)
    // It waited before.
    expect(await waits('app-1', 'c')).toBe(true)
    expect(await waits('app-2', 'x')).toBe(true)
    expect(await waits('app-2', 'y')).toBe(true)
    expect(await waits('app-2', 'z')).toBe(false)
    await queue.settle({ appId: 'app-2', id: 'x' } as OutgoingEvent)
    expect(await waits('app-2', 'z')).toBe(true)
    await queue.close()

    // An hour after its next attempt, nobody handles it any more.
    const later = createEventQueue(store.redis, store.prefix, {
      ...options,
      clock: () => startedAt + 3_660_001,
    })
    for (let number = 9; number <= 16; number += 1)
      await later.ring({ appId: 'app-1', ringId: `ring-${number}` })
    expect(await later.mayWait({ appId: 'app-1', id: 'e' } as OutgoingEvent, startedAt + 4_000_000)).toBe(
      true,
    )
    await later.close()
  })

  it('stores nothing for an app without a URL', async ({ store }) => {
    const queue = createEventQueue(store.redis, store.prefix, { isOn: appId => appId === 'app-1' })
    await queue.ring({ appId: 'app-2', ringId: 'ring-1' })
    expect((await store.listKeys()).filter(key => key.endsWith(':wait'))).toEqual([])
    await queue.close()
  })
})
