import { type Budgets, createCallRecords, DUPLICATE_WINDOW_MS } from '@ringer/store'
import { describe, expect } from 'vitest'
import { APP_ID } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'
import { CALLED_AT, ringToClaim } from './claim-ring.ts'

const budgets: Budgets = { pair: 2, caller: 4, recipient: 3, group: 2 }
const MINUTE = 60_000
const club = { uid: 'chess-club', type: 'group' as const }
const from = (uid: string) => ({ caller: { uid } })

/** Claims the ring of a session of its own. */
const claimWith =
  ({ calls }: TestStore, limits: Budgets | undefined = budgets) =>
  (sessionId: string, event: Parameters<typeof ringToClaim>[0] = {}, later = 0) =>
    calls.claim(`job-of-${sessionId}`, ringToClaim({ sessionId, ...event }, later), undefined, limits)

/** Asks whether a group may be rung, as its job does before it lists the members. */
function admit({ calls }: Pick<TestStore, 'calls'>, sessionId: string, caller = 'alice', later = 0) {
  const { event, receivedAt } = ringToClaim({ sessionId, receiver: club, ...from(caller) }, later)
  const { recipient, ...group } = event
  return calls.admit(APP_ID, { ...group, kind: 'group' }, receivedAt, budgets)
}

const states = async (claims: Promise<{ state: string }>[]) => (await Promise.all(claims)).map(c => c.state)

describeStore('budgets', it => {
  it('refuse a ring that exceeds the budget of its caller for this recipient, and record why', async ({
    store,
  }) => {
    const claim = claimWith(store)
    expect(await states([claim('s1'), claim('s2')])).toEqual(['ringing', 'ringing'])
    const refused = await claim('s3')
    const reason = 'refused: more than 2 calls a minute from this caller to this recipient (RINGER_BUDGETS)'
    expect(refused).toMatchObject({ claim: 'claimed', state: 'refused', refusal: { budget: 'pair', reason } })
    expect(await store.calls.read(APP_ID, 's3')).toMatchObject({
      rings: [{ state: 'refused', note: reason, devices: [] }],
    })
    expect((await claim('s4', from('carol'))).state).toBe('ringing')
    expect((await claim('s5', { recipient: 'dave' })).state).toBe('ringing')
  })

  it('refuse a ring that exceeds the budget of its caller', async ({ store }) => {
    const claim = claimWith(store)
    for (const uid of ['b1', 'b2', 'b3', 'b4']) await claim(`s-${uid}`, { recipient: uid })
    expect(await claim('s-b5', { recipient: 'b5' })).toMatchObject({ refusal: { budget: 'caller' } })
  })

  it('number the rings of a caller and of a recipient in each minute', async ({ store }) => {
    const claim = claimWith(store, { pair: 10, caller: 10, recipient: 10, group: 2 })
    const numbers = [
      (await claim('s1', from('mallory'))).number,
      (await claim('s2', from('mallory'))).number,
      (await claim('s3', { ...from('mallory'), recipient: 'dave' })).number,
      // Not the first ring of this recipient.
      (await claim('s4', from('carol'))).number,
      (await claim('s5', { ...from('erin'), recipient: 'frank' })).number,
      (await claim('s6', from('mallory'), MINUTE)).number,
    ]
    expect(numbers).toEqual([1, 2, 3, 3, 1, 1])
    const uncounted = await store.calls.claim(
      'job-of-s7',
      ringToClaim({ sessionId: 's7', ...from('mallory') }),
    )
    expect(uncounted.number).toBe(1)
  })

  describe('for a recipient', () => {
    /** The first calls of five callers use up the budget. */
    const limits: Budgets = { ...budgets, pair: 10, caller: 10, recipient: 5 }
    const callers = (count: number, name: string) =>
      Array.from({ length: count }, (_, index) => `${name}${index}`)
    it.beforeEach(async ({ store }) => {
      const claim = claimWith(store, limits)
      for (const call of [1, 2, 3, 4, 5]) await claim(`s${call}`, from('accomplice'))
    })

    it('refuse a ring that exceeds the budget', async ({ store }) => {
      const refusal = {
        budget: 'recipient',
        reason: 'refused: more than 5 calls a minute to this recipient (RINGER_BUDGETS)',
      }
      expect(await claimWith(store, limits)('s6', from('accomplice'))).toMatchObject({ refusal })
    })

    // A few accomplices used up the budget, and nobody else could ring their victim.
    it('never refuse the first three calls of a caller', async ({ store }) => {
      const claim = claimWith(store, limits)
      const calls = [1, 2, 3, 4].map(call => claim(`honest-${call}`, from('carol')))
      expect(await states(calls)).toEqual(['ringing', 'ringing', 'ringing', 'refused'])
      expect((await claim('another', from('dave'))).state).toBe('ringing')
    })

    it('refuse even first calls if there are ten times as many, from very many callers', async ({
      store,
    }) => {
      const claim = claimWith(store, limits)
      const crowd = callers(45, 'stranger').map(uid => claim(`s-${uid}`, from(uid)))
      expect(new Set(await states(crowd))).toEqual(new Set(['ringing']))
      expect(await claim('one-too-many', from('carol'))).toMatchObject({ refusal: { budget: 'recipient' } })
    })
  })

  // Otherwise one caller's flood would use up what all others may call.
  it('are not used up by rings that are refused', async ({ store }) => {
    const claim = claimWith(store)
    for (let call = 1; call <= 10; call += 1) await claim(`s${call}`)
    expect((await claim('other', from('carol'))).state).toBe('ringing')
    expect((await claim('another', { recipient: 'dave' })).state).toBe('ringing')
  })

  it('start again each minute, and their counters expire within two minutes', async ({ store }) => {
    const claim = claimWith(store)
    for (let call = 1; call <= 3; call += 1) await claim(`s${call}`)
    expect((await claim('later', {}, MINUTE)).state).toBe('ringing')
    const counters = await store.redis.keys(`${store.keys.counter(APP_ID, 0, '', []).split(APP_ID)[0]}*`)
    expect(counters.length).toBeGreaterThan(0)
    for (const key of counters) {
      const ttl = await store.redis.pttl(key)
      expect(ttl).toBeGreaterThan(0)
      expect(ttl).toBeLessThanOrEqual(2 * MINUTE)
    }
  })

  it('count a call once, although its job runs again and other jobs repeat it', async ({ store }) => {
    const claim = claimWith(store)
    await claim('s1')
    await claim('s1')
    const { calls } = store
    expect((await calls.claim('a-copy', ringToClaim({ sessionId: 's1' }), undefined, budgets)).claim).toBe(
      'duplicate',
    )
    expect((await claim('s2')).state).toBe('ringing')
  })

  it('refuse the same ring again when its job runs again', async ({ store }) => {
    const claim = claimWith(store)
    for (const session of ['s1', 's2', 's3']) await claim(session)
    const again = await claim('s3', {}, DUPLICATE_WINDOW_MS)
    expect(again).toMatchObject({ claim: 'claimed', state: 'refused' })
    expect(again.refusal).toBeUndefined()
  })

  it('refuse no ring if no budget is set', async ({ store }) => {
    const { calls } = store
    for (let call = 1; call <= 20; call += 1) {
      const { state } = await calls.claim(`job-${call}`, ringToClaim({ sessionId: `s${call}` }))
      expect(state).toBe('ringing')
    }
  })

  it('keep a ring ended, not refused, if its end arrived first', async ({ store }) => {
    const claim = claimWith(store)
    for (const session of ['s1', 's2']) await claim(session)
    await store.calls.end('job-end', APP_ID, { kind: 'end', action: 'cancelled', sessionId: 's3' }, CALLED_AT)
    expect((await claim('s3')).state).toBe('ended')
  })

  // A few callers who hung up before each ring could silence somebody whose phone never rang.
  it('are not used up by rings whose end came first', async ({ store }) => {
    const claim = claimWith(store)
    for (const uid of ['a1', 'a2', 'a3', 'a4']) {
      const sessionId = `s-${uid}`
      await store.calls.end(`end-${uid}`, APP_ID, { kind: 'end', action: 'cancelled', sessionId }, CALLED_AT)
      expect((await claim(sessionId, from(uid))).state).toBe('ended')
    }
    expect((await claim('honest', from('carol'))).state).toBe('ringing')
  })

  describe('a refused ring', () => {
    it.beforeEach(async ({ store }) => {
      for (const session of ['s1', 's2', 's3']) await claimWith(store)(session)
    })

    it('is not returned by an end', async ({ store }) => {
      const end = { kind: 'end', action: 'cancelled', sessionId: 's3' } as const
      expect(await store.calls.end('job-end', APP_ID, end, CALLED_AT + 1_000)).toEqual([])
      expect((await store.calls.read(APP_ID, 's3'))?.rings).toMatchObject([{ state: 'refused' }])
    })

    it('is not returned by an answer', async ({ store }) => {
      const answer = { kind: 'answer', sessionId: 's3', uid: 'bob' } as const
      expect(await store.calls.answer('job-answer', APP_ID, answer, CALLED_AT + 1_000)).toEqual([])
      expect((await store.calls.read(APP_ID, 's3'))?.rings).toMatchObject([{ state: 'refused' }])
    })
  })

  describe('for groups', () => {
    it('refuse a call that exceeds the budget, before its members are known, and note why', async ({
      store,
    }) => {
      expect(await admit(store, 'g1')).toBeUndefined()
      expect(await admit(store, 'g2', 'carol')).toBeUndefined()
      expect(await admit(store, 'g3')).toMatchObject({ budget: 'group' })
      expect(await store.calls.read(APP_ID, 'g3')).toMatchObject({
        note: 'the group was not rung: refused: more than 2 calls a minute to this group (RINGER_BUDGETS)',
        rings: [],
      })
    })

    // It names the caller, and was kept for a day whatever the operator had set.
    it('keep the record of a refused call no longer than other records', async ({ store }) => {
      const { redis, keys } = store
      const calls = createCallRecords(redis, keys, { keptMs: MINUTE })
      for (const session of ['g1', 'g2', 'g3']) await admit({ calls }, session)
      const life = await redis.pttl(keys.call(APP_ID, 'g3'))
      expect(life).toBeGreaterThan(0)
      expect(life).toBeLessThanOrEqual(MINUTE)
    })

    it('never refuse the first call of a member, up to twice the budget', async ({ store }) => {
      expect(await admit(store, 'g1')).toBeUndefined()
      expect(await admit(store, 'g2')).toBeUndefined()
      expect(await admit(store, 'g3', 'carol')).toBeUndefined()
      expect(await admit(store, 'g4', 'carol')).toMatchObject({ budget: 'group' })
      expect(await admit(store, 'g5', 'dave')).toBeUndefined()
      expect(await admit(store, 'g6', 'erin')).toMatchObject({ budget: 'group' })
    })

    it('count a member’s calls to a group apart from those to a user of the same id', async ({ store }) => {
      const claim = claimWith(store)
      for (const session of ['s1', 's2']) await claim(session, { recipient: club.uid })
      expect(await admit(store, 'g1')).toBeUndefined()
    })

    it('count a call once, however many members it has and whoever announces it', async ({ store }) => {
      const claim = claimWith(store)
      for (const session of ['g1', 'g1']) expect(await admit(store, session)).toBeUndefined()
      const members = Array.from({ length: 10 }, (_, index) => `member-${index}`)
      const rung = members.map(recipient =>
        store.calls.claim(
          recipient,
          ringToClaim({ sessionId: 'g1', recipient, receiver: club }),
          undefined,
          budgets,
        ),
      )
      expect(new Set(await states(rung))).toEqual(new Set(['ringing']))
      expect(await admit(store, 'g2')).toBeUndefined()
      expect((await claim('g3', { receiver: club, recipient: 'member-1' })).refusal?.budget).toBe('group')
    })

    it('refuse every member of a refused call alike', async ({ store }) => {
      for (const session of ['g1', 'g2', 'g3']) await admit(store, session)
      const rings = ['bob', 'carol'].map(recipient =>
        store.calls.claim(
          recipient,
          ringToClaim({ sessionId: 'g3', recipient, receiver: club }),
          undefined,
          budgets,
        ),
      )
      expect(await states(rings)).toEqual(['refused', 'refused'])
    })

    it('count each meeting that uses the session again', async ({ store }) => {
      const claim = (announcedBy: string) =>
        store.calls.claim(
          announcedBy,
          ringToClaim({ sessionId: 'chess-club', announcedBy, receiver: club }),
          undefined,
          budgets,
        )
      expect(await states([claim('m1'), claim('m2')])).toEqual(['ringing', 'ringing'])
      expect((await claim('m3')).state).toBe('refused')
    })
  })
})
