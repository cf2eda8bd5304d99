import { startFakeCometChat } from '@ringer/fakes/cometchat'
import { createCometChatApi } from '@ringer/service'
import { describe, expect } from 'vitest'
import { chess, initiatorRing, signalledEnd, signalledRing } from '../../packages/payloads/test/webhooks.ts'
import { DEFAULT_SESSION_ID, deliver, register, tokens } from '../webhooks.ts'
import { it } from '../world.ts'

// A user was created as SUPERHERO1. CometChat made that superhero1, and the app registers SUPERHERO1.

const caller = { uid: 'alice', name: 'Alice Moreau' }
const callee = { uid: 'superhero1' }

describe('a phone that an app registered for SUPERHERO1', () => {
  it('rings when CometChat reports a call to superhero1, and stops when it reports the end', async ({
    world,
  }) => {
    await register(world.ingress, { uid: 'SUPERHERO1', platform: 'ios', token: tokens.iphone })
    await register(world.ingress, { uid: 'SuperHero1', platform: 'android', token: tokens.android })
    world.addWorker()
    const call = { caller, callee, sessionId: DEFAULT_SESSION_ID, sentAt: Date.now() }
    await deliver(world.ingress, signalledRing(call))
    await world.apns.waitFor(received => received.length === 1)
    await world.fcm.waitFor(received => received.length === 1)
    expect(world.apns.received[0]?.data).toMatchObject({ receiver: 'superhero1', senderUid: 'alice' })
    await expect
      .poll(async () => (await world.records.read('default', DEFAULT_SESSION_ID))?.rings[0]?.devices)
      .toMatchObject([{ outcome: 'accepted' }, { outcome: 'accepted' }])
    await deliver(world.ingress, signalledEnd('cancelled', call))
    await world.fcm.waitFor(received => received.length === 2)
  })

  it('rings once when two feeds of a call write its uid differently', async ({ world }) => {
    await register(world.ingress, { uid: 'superhero1', platform: 'ios', token: tokens.iphone })
    world.addWorker()
    const call = { caller, callee, sessionId: DEFAULT_SESSION_ID, sentAt: Date.now() }
    expect((await deliver(world.ingress, signalledRing(call))).body.status).toBe('queued')
    const imitated = initiatorRing({ ...call, callee: { uid: 'SUPERHERO1' } })
    expect((await deliver(world.ingress, imitated)).body.status).toBe('duplicate')
    // A second push of this call would arrive before the push of a later call.
    await deliver(world.ingress, signalledRing({ ...call, sessionId: 'v1.eu.later' }))
    await world.apns.waitFor(received => received.some(({ data }) => data.sessionId === 'v1.eu.later'))
    expect(world.apns.received).toHaveLength(2)
  })
})

describe('a call to a group', () => {
  it('does not ring its caller, whose uid the webhook writes differently from the list of members', async ({
    world,
  }) => {
    const cometchat = await startFakeCometChat()
    cometchat.groups.set('Chess-Club', ['ALICE', 'SUPERHERO1'])
    await register(world.ingress, { uid: 'Alice', platform: 'ios', token: 'a2'.repeat(32) })
    await register(world.ingress, { uid: 'SUPERHERO1', platform: 'ios', token: tokens.iphone })
    world.addWorker({ tenant: { listMembers: createCometChatApi(cometchat).listMembers } })
    const group = { ...chess, uid: 'CHESS-CLUB' }
    const call = { caller: { uid: 'Alice' }, callee: group, receiverType: 'group' as const }
    await deliver(
      world.ingress,
      signalledRing({ ...call, sessionId: DEFAULT_SESSION_ID, sentAt: Date.now() }),
    )
    await expect
      .poll(async () => (await world.records.read('default', DEFAULT_SESSION_ID))?.rings)
      .toMatchObject([{ recipient: 'superhero1', devices: [{ outcome: 'accepted' }] }])
    expect(world.apns.received.map(({ token }) => token)).toEqual([tokens.iphone])
    await cometchat.close()
  })
})
