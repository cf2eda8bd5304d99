import type { EndEvent } from '@ringer/payloads'
import { describe, expect } from 'vitest'
import { APP_ID } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'
import { CALLED_AT, ringToClaim } from './claim-ring.ts'

// The session of a group's meetings is the group's id. Whoever knows it can open the session and leave it, and CometChat then
// says that it has ended.

const SESSION = 'chess-club'
const SECOND = 1_000

/** Alice's meeting of a group, for one member. */
const meeting = (recipient: string, event: Parameters<typeof ringToClaim>[0] = {}) =>
  ringToClaim({
    ...{ sessionId: SESSION, announcedBy: 'm1', recipient, conversationId: 'group_chess-club' },
    receiver: { uid: SESSION, name: 'Chess club', type: 'group' },
    ...event,
  })
/** A call of Mallory's to an accomplice, for which she has chosen the group's session. */
const mallorys = () =>
  meeting('mole', {
    ...{ announcedBy: 'm2', conversationId: 'mallory_user_mole', caller: { uid: 'mallory' } },
    receiver: { uid: 'mole', type: 'user' },
  })

const endOf = (event: Partial<EndEvent>): EndEvent => ({
  ...{ kind: 'end', action: 'ended', sessionId: SESSION },
  ...event,
})

describeStore('an end that lists who was in the session', storeIt => {
  const it = storeIt
    .extend('claim', ({ store }) => (ring: ReturnType<typeof meeting>) => {
      const { announcedBy, recipient } = ring.event
      return store.calls.claim(`job-${announcedBy}-${recipient}`, ring)
    })
    .extend('end', ({ store }) => (event: Partial<EndEvent>, later = 5 * SECOND) => {
      const whole = endOf({ sentAt: CALLED_AT + later, ...event })
      return store.calls.end(`end-${JSON.stringify(event)}-${later}`, APP_ID, whole, CALLED_AT + later + 300)
    })

  describe('does not end a meeting', () => {
    it.for<[string, Partial<EndEvent>]>([
      ['if only a stranger was there', { occupants: ['mallory'] }],
      ['if only the caller of another call was there', { occupants: ['mallory', 'mole'] }],
      ['if it names another conversation', { conversationId: 'mallory_user_mole', action: 'cancelled' }],
    ])('%s, before or after its message', async ([_, event], { store, claim, end }) => {
      await claim(mallorys())
      await end(event)
      await claim(meeting('bob'))
      await claim(meeting('carol'))
      expect(await statesOf(store)).toMatchObject({ bob: 'ringing', carol: 'ringing' })
      await end(event, 6 * SECOND)
      expect(await statesOf(store)).toMatchObject({ bob: 'ringing', carol: 'ringing' })
    })
  })

  describe('ends a meeting for all who were called', () => {
    it.for<[string, Partial<EndEvent>]>([
      ['if its caller was there', { occupants: ['alice', 'mallory'] }],
      ['if one of those who were called was there', { occupants: ['carol'] }],
      ['if nobody knows who was there', {}],
      ['if it names its conversation', { conversationId: 'group_chess-club' }],
    ])('%s', async ([_, event], { store, claim, end }) => {
      await claim(meeting('bob'))
      await claim(meeting('carol'))
      expect(await end(event)).toHaveLength(2)
      expect(await statesOf(store)).toEqual({ bob: 'ended', carol: 'ended' })
    })

    // An end may overtake the message. A stranger's, or those of several, must not take its place.
    it('also if it arrives before the message, and strangers end the session afterwards', async ({
      store,
      claim,
      end,
    }) => {
      await end({ occupants: ['alice'] })
      for (const later of [6, 7, 8, 9, 10, 11]) await end({ occupants: ['mallory'] }, later * SECOND)
      await claim(meeting('bob'))
      await claim(meeting('carol'))
      expect(await statesOf(store)).toEqual({ bob: 'ended', carol: 'ended' })
    })

    it('also if somebody who was called is also called by a stranger in the same session', async ({
      store,
      claim,
      end,
    }) => {
      await claim(meeting('bob'))
      await claim(meeting('carol'))
      const event = { announcedBy: 'm3', conversationId: 'bob_user_mallory', caller: { uid: 'mallory' } }
      await claim(meeting('bob', { ...event, sentAt: CALLED_AT + SECOND }))
      await end({ occupants: ['bob'] })
      expect(await statesOf(store)).toEqual({ bob: 'ended', carol: 'ended' })
    })
  })

  // The end has overtaken the message, and Alice, who sent that, was not in the session. When the rings are claimed one after the
  // other, nobody knows yet that Carol is called too.
  it('that arrives before the message is returned by the claim of somebody who was there, for the others’ rings', async ({
    store,
    claim,
    end,
  }) => {
    const event = { occupants: ['carol'], sentAt: CALLED_AT + 5 * SECOND }
    await end(event)
    const first = await claim(meeting('bob'))
    expect([first.state, first.endsOthers]).toEqual(['ringing', undefined])
    const { state, endsOthers } = await claim(meeting('carol'))
    const found = { event: { ...endOf(event), sentAt: expect.any(Number) }, at: event.sentAt + 300 }
    expect({ state, endsOthers }).toEqual({ state: 'ended', endsOthers: found })
    // Its worker may have died meanwhile.
    expect((await claim(meeting('carol'))).endsOthers).toEqual(found)
    if (endsOthers) await store.calls.end('job-again', APP_ID, endsOthers.event, endsOthers.at)
    expect(await statesOf(store)).toEqual({ bob: 'ended', carol: 'ended' })
  })

  // A group has up to 1,000 members, and a stranger may bring a hundred accounts.
  it('is stored for each recipient without the uids of those who were there', async ({
    store,
    claim,
    end,
  }) => {
    await claim(meeting('bob'))
    await end({ occupants: Array.from({ length: 100 }, (_, index) => `mallory-${index}`) })
    const { redis, listKeys } = store
    const markers = (await listKeys()).filter(key => key.includes(':markers:'))
    expect(markers).toHaveLength(1)
    for (const key of markers) expect(JSON.stringify(await redis.hgetall(key))).not.toContain('mallory')
    expect(await claim(meeting('bob', { announcedBy: 'm2' }))).toMatchObject({ state: 'ringing' })
  })

  // CometChat makes the ids of these, and no stranger knows them.
  it('ends an ordinary call, whoever was there', async ({ store, claim, end }) => {
    await claim(ringToClaim({ sessionId: SESSION }))
    expect(await end({ occupants: ['a-guest'] })).toHaveLength(1)
    expect(await statesOf(store)).toEqual({ bob: 'ended' })
  })
})

/** The state of each recipient's ring: of the newest, if there are several. */
async function statesOf({ calls }: TestStore) {
  const rings = (await calls.read(APP_ID, SESSION))?.rings ?? []
  return Object.fromEntries(rings.map(({ recipient, state }) => [recipient, state]))
}
