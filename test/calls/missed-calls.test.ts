import { describe, expect } from 'vitest'
import type { WorkerTenant } from '../../apps/worker/src/worker-tenant.ts'
import {
  participantJoined,
  providerCall,
  signalledEnd,
  signalledRing,
} from '../../packages/payloads/test/webhooks.ts'
import { basic, deliver } from '../webhooks.ts'
import { login, type World, it as worldIt } from '../world.ts'

const callees = new Set<string>()

/** The tenant's setting for missed calls. */
type MissedCall = WorkerTenant['missedCall']

/** Registers a callee with an iPhone, which has two tokens, and an Android phone. */
async function newCallee(world: World, missedCall: MissedCall) {
  const index = callees.size + 1
  const uid = `bob-${index}`
  callees.add(uid)
  const voip = index.toString(16).padStart(64, 'a')
  const alert = index.toString(16).padStart(64, 'b')
  const android = `the-android-phone-of-${uid}`
  const usual = { appId: 'default', uid }
  await world.devices.register({ ...usual, platform: 'ios', kind: 'voip', token: voip }, Date.now())
  await world.devices.register({ ...usual, platform: 'ios', kind: 'alert', token: alert }, Date.now())
  await world.devices.register({ ...usual, platform: 'android', kind: 'both', token: android }, Date.now())
  const line = { sessionId: `v1.eu.missed-${index}`, callee: { uid, name: 'Bob' }, sentAt: Date.now() }
  return {
    line,
    ring: async () => {
      await deliver(world.ingress, signalledRing(line))
      const outcomes = async () =>
        (await world.records.read('default', line.sessionId))?.rings[0]?.devices.map(device => device.outcome)
      await expect.poll(outcomes, { timeout: 5_000 }).toEqual(['accepted', 'accepted'])
    },
    end: (action: Parameters<typeof signalledEnd>[0]) =>
      deliver(world.ingress, signalledEnd(action, { ...line, sentAt: Date.now() })),
    iphone: () => world.apns.accepted(alert),
    android: () => world.fcm.accepted(android).filter(({ data }) => data.type === 'missed_call'),
    stops: () => world.fcm.accepted(android).filter(({ data }) => data.callAction === 'unanswered'),
    voip: () => world.apns.accepted(voip),
    /** Waits for the pushes of a later call. Any push of this call would arrive before them. */
    async settled() {
      const later = await newCallee(world, missedCall)
      await later.ring()
      await later.end('unanswered')
      await expect.poll(() => later.stops().length).toBe(1)
      if (missedCall) await expect.poll(() => later.android().length).toBe(1)
    },
  }
}

const it = worldIt
  .extend('missedCall', (): MissedCall => ({}))
  .extend('bob', ({ world, missedCall }) => {
    world.addWorker({ tenant: { missedCall } })
    return newCallee(world, missedCall)
  })

describe('a missed call', () => {
  it.for(['cancelled', 'unanswered'] as const)(
    'that was %s is shown once, on the alert tokens',
    async (action, { world, bob }) => {
      await bob.ring()
      await bob.end(action)
      await expect.poll(() => bob.iphone().length).toBe(1)
      await expect.poll(() => bob.android().length).toBe(1)
      const [push] = bob.iphone()
      expect(push?.headers).toMatchObject({
        'apns-push-type': 'alert',
        'apns-topic': world.credentials.apns.bundleId,
        'apns-priority': '10',
        'apns-collapse-id': bob.line.sessionId,
      })
      expect(push?.body).toMatchObject({
        aps: { alert: { title: 'Alice Moreau', body: 'Missed call from Alice Moreau' }, sound: 'default' },
        type: 'missed_call',
        sessionId: bob.line.sessionId,
      })
      expect(bob.android()[0]?.body).toMatchObject({
        message: { notification: { title: 'Alice Moreau', body: 'Missed call from Alice Moreau' } },
      })
      expect(bob.voip()).toHaveLength(1)
    },
  )

  it('is shown once although both feeds report its end, repeatedly', async ({ world, bob }) => {
    await bob.ring()
    const provider = { path: '/providers/cometchat', headers: { authorization: basic(login) } }
    await bob.end('cancelled')
    await bob.end('cancelled')
    await bob.end('unanswered')
    await deliver(world.ingress, providerCall('cancelled', { ...bob.line, sentAt: Date.now() }), provider)
    await bob.settled()
    await expect.poll(() => bob.android().length).toBe(1)
    expect(bob.iphone()).toHaveLength(1)
  })

  it.for(['rejected', 'busy'] as const)('is not shown if the call was %s', async (action, { bob }) => {
    await bob.ring()
    await bob.end(action)
    await bob.settled()
    expect([...bob.iphone(), ...bob.android()]).toEqual([])
  })

  it('is not shown if the call was answered and the caller hung up later', async ({ world, bob }) => {
    await bob.ring()
    await deliver(
      world.ingress,
      participantJoined('call', { ...bob.line, at: Date.now(), who: bob.line.callee }),
    )
    await expect
      .poll(async () => (await world.records.read('default', bob.line.sessionId))?.rings[0]?.state)
      .toBe('answered')
    await bob.end('cancelled')
    await bob.settled()
    expect([...bob.iphone(), ...bob.android()]).toEqual([])
  })

  it('is not shown if no phone was rung', async ({ world, bob }) => {
    await bob.end('cancelled')
    await deliver(world.ingress, signalledRing(bob.line))
    await bob.settled()
    expect([...bob.iphone(), ...bob.android(), ...bob.voip()]).toEqual([])
  })
})

describe('a missed call with a localisation key', () => {
  it.override('missedCall', { localisationKey: 'MISSED_CALL' })

  it('is sent with the key and the caller’s name, and with an English text for apps that lack the key', async ({
    bob,
  }) => {
    await bob.ring()
    await bob.end('unanswered')
    await expect.poll(() => bob.iphone().length).toBe(1)
    await expect.poll(() => bob.android().length).toBe(1)
    expect(bob.iphone()[0]?.body).toMatchObject({
      aps: { alert: { 'loc-key': 'MISSED_CALL', 'loc-args': ['Alice Moreau'] } },
    })
    expect(bob.android()[0]?.body).toMatchObject({
      message: {
        notification: { body: 'Missed call from Alice Moreau' },
        android: { notification: { body_loc_key: 'MISSED_CALL', body_loc_args: ['Alice Moreau'] } },
      },
    })
  })
})

describe('a missed call without RINGER_MISSED_CALL', () => {
  it.override('missedCall', () => undefined)

  it('is not shown', async ({ bob }) => {
    await bob.ring()
    await bob.end('unanswered')
    await bob.settled()
    expect([...bob.iphone(), ...bob.android()]).toEqual([])
  })
})
