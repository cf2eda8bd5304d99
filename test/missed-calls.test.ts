import { beforeAll, describe, expect, it } from 'vitest'
import type { WorkerApp } from '../apps/worker/src/worker-app.ts'
import {
  participantJoined,
  providerCall,
  signalledEnd,
  signalledRing,
} from '../packages/payloads/test/webhooks.ts'
import { basic, deliver } from './webhooks.ts'
import { login, startWorld, type World } from './world.ts'

const callees = new Set<string>()

/** A callee with an iPhone's two tokens and an Android phone, whom no other test calls. */
async function newCallee(world: World) {
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
    /** Until whatever this call was ever going to send has been sent: a later one's has. */
    async settled() {
      const later = await newCallee(world)
      await later.ring()
      await later.end('unanswered')
      await expect.poll(() => later.stops().length).toBe(1)
      if (told) await expect.poll(() => later.android().length).toBe(1)
    },
  }
}

let world: World
let told: boolean
async function open(missedCall: WorkerApp['missedCall']) {
  told = missedCall !== undefined
  world = await startWorld()
  world.addWorker({ app: { missedCall } })
  return () => world.close()
}

describe('a missed call', () => {
  beforeAll(() => open({}))

  it.each(['cancelled', 'unanswered'] as const)(
    'that was %s is told once to the alert tokens',
    async action => {
      const bob = await newCallee(world)
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

  it('is told once although both feeds say that it ended, and again', async () => {
    const bob = await newCallee(world)
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

  it.each(['rejected', 'busy'] as const)('is none when it was %s', async action => {
    const bob = await newCallee(world)
    await bob.ring()
    await bob.end(action)
    await bob.settled()
    expect([...bob.iphone(), ...bob.android()]).toEqual([])
  })

  it('is none when it was answered, although the caller hangs up later', async () => {
    const bob = await newCallee(world)
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

  it('is none when no phone was rung', async () => {
    const bob = await newCallee(world)
    await bob.end('cancelled')
    await deliver(world.ingress, signalledRing(bob.line))
    await bob.settled()
    expect([...bob.iphone(), ...bob.android(), ...bob.voip()]).toEqual([])
  })
})

describe('a missed call, where the app has a text of its own', () => {
  beforeAll(() => open({ localisationKey: 'MISSED_CALL' }))

  it('is told by its key, with the caller’s name, and in English to an app that lacks it', async () => {
    const bob = await newCallee(world)
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

describe('a missed call, where the app does not want to be told', () => {
  beforeAll(() => open(undefined))

  it('is not told', async () => {
    const bob = await newCallee(world)
    await bob.ring()
    await bob.end('unanswered')
    await bob.settled()
    expect([...bob.iphone(), ...bob.android()]).toEqual([])
  })
})
