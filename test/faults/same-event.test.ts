import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signalledEnd, signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { deliver, register, tokens } from '../webhooks.ts'
import { startWorld, type World } from '../world.ts'

const HOUR_MS = 3_600_000
const SESSION = { sessionId: 'v1.eu.again' }

let world: World
beforeEach(async () => {
  world = await startWorld()
  await register(world.ingress, { uid: 'bob', platform: 'ios', token: tokens.iphone })
})
afterEach(() => world.close())

/** A later call's push comes after every push of an earlier one that was ever going to come. */
async function everythingIsThrough() {
  const later = { sessionId: `v1.eu.later-${world.apns.received.length}`, sentAt: Date.now() }
  await deliver(world.ingress, signalledRing(later))
  const arrived = () =>
    world.apns.received.some(push => (push.data as typeof SESSION).sessionId === later.sessionId)
  await world.apns.waitFor(arrived)
  return world.apns.received.filter(push => (push.data as typeof SESSION).sessionId === SESSION.sessionId)
}

/** What BullMQ knows duplicates by, of webhooks and of pushes; gone, the call record is all that is left. */
async function forgetMarkers() {
  for (const pattern of ['calls:de:*', 'pushes-apns:*_*']) {
    const markers = await world.reader.keys(`${world.prefix}:${pattern}`)
    expect(markers.length).toBeGreaterThan(0)
    await world.reader.unlink(...markers)
  }
}

describe('the same event again', () => {
  // F5
  it('at +10 s and +40 s, as CometChat retries, rings once', async () => {
    world.addWorker()
    const webhook = signalledRing({ ...SESSION, sentAt: Date.now() })
    const answers: unknown[] = []
    for (const laterMs of [0, 10_000, 40_000]) {
      const ingress = await world.addIngress({ clock: () => Date.now() + laterMs })
      answers.push((await deliver(ingress, webhook)).body.status)
    }
    expect(answers).toEqual(['queued', 'duplicate', 'duplicate'])
    expect(await everythingIsThrough()).toHaveLength(1)
  })

  it('rings once by the call record alone, when the queue has forgotten that it had it', async () => {
    world.addWorker()
    const webhook = signalledRing({ ...SESSION, sentAt: Date.now() })
    await deliver(world.ingress, webhook)
    await world.apns.waitFor(received => received.length === 1)
    await forgetMarkers()
    expect((await deliver(world.ingress, webhook)).body.status).toBe('queued')
    expect(await everythingIsThrough()).toHaveLength(1)
  })
})

describe('what is not the same event', () => {
  // F4: a dedupe on the session id alone swallows the end, and every later call of a permanent session.
  it('is processed: the end of the session that rang', async () => {
    const call = { ...SESSION, sentAt: Date.now() }
    expect((await deliver(world.ingress, signalledRing(call))).body.status).toBe('queued')
    expect((await deliver(world.ingress, signalledEnd('cancelled', call))).body.status).toBe('queued')
    world.addWorker()
    await expect
      .poll(async () => (await world.records.read('default', SESSION.sessionId))?.rings[0]?.state)
      .toBe('ended')
  })

  it('rings: the next call between the same two', async () => {
    world.addWorker()
    await deliver(world.ingress, signalledRing({ ...SESSION, sentAt: Date.now() }))
    await deliver(world.ingress, signalledRing({ sessionId: 'v1.eu.next', sentAt: Date.now() }))
    await world.apns.waitFor(received => received.length === 2)
  })

  it('rings: the same session id an hour later', async () => {
    const first = world.addWorker()
    await deliver(world.ingress, signalledRing({ ...SESSION, sentAt: Date.now() }))
    await world.apns.waitFor(received => received.length === 1)
    await first.close()
    await forgetMarkers()
    const clock = () => Date.now() + HOUR_MS
    world.addWorker({ clock })
    const ingress = await world.addIngress({ clock })
    await deliver(ingress, signalledRing({ ...SESSION, sentAt: clock() }))
    await world.apns.waitFor(received => received.length === 2)
  })
})

describe('a phone that somebody else logged in to', () => {
  // F28
  it("does not ring with the former user's calls, queued ones included", async () => {
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
