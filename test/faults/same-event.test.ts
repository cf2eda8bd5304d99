import { describe, expect } from 'vitest'
import { signalledEnd, signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { deliver, register, tokens } from '../webhooks.ts'
import { it, type World } from '../world.ts'

const HOUR_MS = 3_600_000
const SESSION = { sessionId: 'v1.eu.again' }

it.beforeEach(async ({ world }) => {
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
})

/** Waits for the push of a later call, before which any push of this one would arrive. Returns the pushes of this one. */
async function collectPushes(world: World) {
  const later = { sessionId: `v1.eu.later-${world.apns.received.length}`, sentAt: Date.now() }
  await deliver(world.ingress, signalledRing(later))
  const arrived = () =>
    world.apns.received.some(push => (push.data as typeof SESSION).sessionId === later.sessionId)
  await world.apns.waitFor(arrived)
  return world.apns.received.filter(push => (push.data as typeof SESSION).sessionId === SESSION.sessionId)
}

/** Deletes the keys by which BullMQ recognises duplicate webhooks. Only the call record is left. */
async function forgetMarkers(world: World) {
  const markers = await world.reader.keys(`${world.prefix}:calls:de:*`)
  expect(markers.length).toBeGreaterThan(0)
  await world.reader.unlink(...markers)
}

describe('the same event again', () => {
  // F5
  it('at +10 s and +40 s, as CometChat retries, rings once', async ({ world }) => {
    world.addWorker()
    const webhook = signalledRing({ ...SESSION, sentAt: Date.now() })
    const answers: unknown[] = []
    for (const laterMs of [0, 10_000, 40_000]) {
      const ingress = await world.addIngress({ clock: () => Date.now() + laterMs })
      answers.push((await deliver(ingress, webhook)).body.status)
    }
    expect(answers).toEqual(['queued', 'duplicate', 'duplicate'])
    expect(await collectPushes(world)).toHaveLength(1)
  })

  it('rings once thanks to the call record alone if the queue has forgotten the event', async ({ world }) => {
    world.addWorker()
    const webhook = signalledRing({ ...SESSION, sentAt: Date.now() })
    await deliver(world.ingress, webhook)
    await world.apns.waitFor(received => received.length === 1)
    await forgetMarkers(world)
    expect((await deliver(world.ingress, webhook)).body.status).toBe('queued')
    expect(await collectPushes(world)).toHaveLength(1)
  })
})

describe('a different event', () => {
  // F4: deduplication by session id alone swallows the end, and every later call of a permanent session.
  it('is processed: the end of the call', async ({ world }) => {
    const call = { ...SESSION, sentAt: Date.now() }
    expect((await deliver(world.ingress, signalledRing(call))).body.status).toBe('queued')
    expect((await deliver(world.ingress, signalledEnd('cancelled', call))).body.status).toBe('queued')
    world.addWorker()
    await expect
      .poll(async () => (await world.records.read('default', SESSION.sessionId))?.rings[0]?.state)
      .toBe('ended')
  })

  it('rings: the next call between the same two people', async ({ world }) => {
    world.addWorker()
    await deliver(world.ingress, signalledRing({ ...SESSION, sentAt: Date.now() }))
    await deliver(world.ingress, signalledRing({ sessionId: 'v1.eu.next', sentAt: Date.now() }))
    await world.apns.waitFor(received => received.length === 2)
  })

  it('rings: the same session id an hour later', async ({ world }) => {
    const first = world.addWorker()
    await deliver(world.ingress, signalledRing({ ...SESSION, sentAt: Date.now() }))
    await world.apns.waitFor(received => received.length === 1)
    await first.close()
    await forgetMarkers(world)
    const clock = () => Date.now() + HOUR_MS
    world.addWorker({ clock })
    const ingress = await world.addIngress({ clock })
    await deliver(ingress, signalledRing({ ...SESSION, sentAt: clock() }))
    await world.apns.waitFor(received => received.length === 2)
  })
})

describe('a phone to which somebody else logged in', () => {
  // F28
  it("does not ring for the former user's calls, not even for queued ones", async ({ world }) => {
    const call = { ...SESSION, sentAt: Date.now() }
    await deliver(world.ingress, signalledRing(call))
    await register(world.ingress, { uid: 'carol', platform: 'ios', token: tokens.iphone })
    world.addWorker()
    await expect
      .poll(async () => (await world.records.read('default', SESSION.sessionId))?.rings)
      .toHaveLength(1)
    await deliver(
      world.ingress,
      signalledRing({ sessionId: 'v1.eu.carol', sentAt: Date.now(), callee: { uid: 'carol' } }),
    )
    await world.apns.waitFor(received => received.length > 0)
    expect(world.apns.received.map(push => (push.data as typeof SESSION).sessionId)).toEqual(['v1.eu.carol'])
  })
})
