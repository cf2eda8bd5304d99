import type { AnswerEvent, EndEvent } from '@ringer/payloads'
import { DUPLICATE_WINDOW_MS } from '@ringer/store'
import { describe, expect, it } from 'vitest'
import { APP_ID } from '../../payloads/test/webhooks.ts'
import { ARRIVED_AT, CALLED_AT, iphone, ringToClaim } from './claim-ring.ts'
import { describeStore, type TestStore } from './describe-store.ts'

/** A group's meetings are all one session to CometChat, and each is announced by a message of its own. */
const SESSION = 'chess-club'
const SECOND = 1_000
const MINUTE = 60 * SECOND

/** The announcement of a meeting to one member, this much later than the usual call. */
const announcement = (announcedBy: string, later = 0, recipient = 'bob') =>
  ringToClaim(
    {
      sessionId: SESSION,
      announcedBy,
      recipient,
      conversationId: 'group_chess-club',
      receiver: { uid: SESSION, name: 'Chess club', type: 'group' },
    },
    later,
  )
const ended = (later: number, event: Partial<EndEvent> = {}): EndEvent => ({
  kind: 'end',
  action: 'ended',
  sessionId: SESSION,
  sentAt: CALLED_AT + later,
  ...event,
})
const joined = (later: number, event: Partial<AnswerEvent> = {}): AnswerEvent => ({
  kind: 'answer',
  sessionId: SESSION,
  uid: 'bob',
  sentAt: CALLED_AT + later,
  ...event,
})

describeStore('rings that a message announced', store => {
  const claim = (...meeting: Parameters<typeof announcement>) =>
    store().calls.claim(`job-${meeting.join('-')}`, announcement(...meeting))
  /** An end or an answer of this time, that arrives a moment, or much, later. */
  const end = (later: number, event: Partial<EndEvent> = {}, arrives = later + 300) =>
    store().calls.end(`end-${later}`, APP_ID, ended(later, event), CALLED_AT + arrives)
  const answer = (later: number, event: Partial<AnswerEvent> = {}, arrives = later + 300) =>
    store().calls.answer(`answer-${later}`, APP_ID, joined(later, event), CALLED_AT + arrives)

  it('ring by themselves, whatever else was announced for the session', async () => {
    const first = await claim('m1')
    const second = await claim('m2', MINUTE)
    expect([first, second]).toMatchObject([
      { claim: 'claimed', state: 'ringing' },
      { claim: 'claimed', state: 'ringing' },
    ])
    expect(second.ringId).not.toBe(first.ringId)
    expect(await statesOf(store())).toEqual({ m1: 'ringing', m2: 'ringing' })
  })

  // The attempt was under way when the end of the first meeting came in, late: the phone rings for the second one by then.
  it('have no stop when a later one was announced, for an attempt that ends after them either', async () => {
    const { ringId } = await claim('m1')
    await store().calls.addDevices(ringId, new Map([['d1', iphone]]))
    await claim('m2', MINUTE)
    await end(SECOND, {}, MINUTE + SECOND)
    const settled = await store().calls.recordDevice(ringId, 'd1', { outcome: 'accepted' })
    expect(settled).toEqual({ state: 'ended', endAction: undefined, answeredOn: undefined })
  })

  it('ring once for a message, whoever tells of it', async () => {
    await claim('m1')
    const again = await store().calls.claim('another-job', announcement('m1', 20 * SECOND))
    expect(again).toMatchObject({ claim: 'duplicate', state: 'ringing' })
  })

  it.each<[string, () => Promise<unknown>]>([
    ['ended', () => end(MINUTE)],
    ['was answered', () => answer(5 * SECOND)],
    ['was answered by whoever it was', () => answer(5 * SECOND, { uid: undefined })],
    ['ended for the recipient', () => end(MINUTE, { recipient: 'bob' })],
    [
      'was answered and ended',
      async () => {
        await answer(5 * SECOND)
        await end(MINUTE)
      },
    ],
  ])('ring again for the next meeting, though the first %s', async (_, happens) => {
    await claim('m1')
    await happens()
    const { state, ringId } = await claim('m2', 2 * MINUTE)
    expect(state).toBe('ringing')
    await store().calls.addDevices(ringId, new Map([['d1', iphone]]))
    const { verdict } = await store().calls.beginAttempt(ringId, 'd1', ARRIVED_AT + 2 * MINUTE + 50)
    expect(verdict).toBe('go')
  })

  it('stay as they are when the session id of an ordinary call was over a moment before', async () => {
    const ordinary = { sessionId: SESSION, announcedBy: undefined, conversationId: 'group_chess-club' }
    await end(MINUTE)
    expect(await store().calls.claim('job-ordinary', ringToClaim(ordinary, 2 * MINUTE))).toMatchObject({
      state: 'ended',
    })
  })

  describe('an end or an answer', () => {
    it('of the meeting before does not touch the next', async () => {
      await claim('m1')
      await claim('m2', 2 * MINUTE)
      expect(await end(2 * MINUTE - SECOND, {}, 2 * MINUTE + SECOND)).toHaveLength(1)
      expect(await statesOf(store())).toEqual({ m1: 'ended', m2: 'ringing' })
    })

    it('of a participant of the meeting before does not touch the next', async () => {
      await claim('m1')
      await claim('m2', 2 * MINUTE)
      expect(await answer(2 * MINUTE - SECOND, {}, 2 * MINUTE + SECOND)).toHaveLength(1)
      expect(await statesOf(store())).toEqual({ m1: 'answered', m2: 'ringing' })
    })

    it.each([
      ['of the same second', 0],
      ['of a moment later', SECOND],
      ['of an hour later', 60 * MINUTE],
    ])('%s is about the announced meeting', async (_, later) => {
      await claim('m1')
      expect(await answer(later)).toHaveLength(1)
      expect(await statesOf(store())).toEqual({ m1: 'answered' })
      expect(await end(later)).toHaveLength(1)
      expect(await statesOf(store())).toEqual({ m1: 'ended' })
    })

    it('is timed by its arrival where it tells no time', async () => {
      await claim('m1')
      await claim('m2', 2 * MINUTE)
      const timeless = ended(0, { sentAt: undefined })
      await store().calls.end('job-1', APP_ID, timeless, CALLED_AT + MINUTE)
      expect(await statesOf(store())).toEqual({ m1: 'ended', m2: 'ringing' })
      await store().calls.end('job-2', APP_ID, timeless, CALLED_AT + 3 * MINUTE)
      expect(await statesOf(store())).toEqual({ m1: 'ended', m2: 'ended' })
    })

    it('is about the newest meeting only, once the others ring no more', async () => {
      await claim('m1')
      await claim('m2', 5 * MINUTE)
      await claim('m3', 10 * MINUTE)
      const about = await end(12 * MINUTE)
      expect(about).toHaveLength(1)
      expect(await statesOf(store())).toEqual({ m1: 'ringing', m2: 'ringing', m3: 'ended' })
    })

    it('finds the newest, in whatever order they came', async () => {
      await claim('m3', 10 * MINUTE)
      await claim('m1')
      await claim('m2', 5 * MINUTE)
      await answer(12 * MINUTE)
      expect(await statesOf(store())).toEqual({ m1: 'ringing', m2: 'ringing', m3: 'answered' })
    })

    // Two people press the button at once: all that rings is one session, and stops ringing as one.
    it.each([
      ['in the same second', 0],
      ['twenty seconds apart', 20 * SECOND],
    ])('is about all that still rings, where two announced it %s', async (_, apart) => {
      await claim('m1')
      await claim('m2', apart)
      expect(await answer(apart + 5 * SECOND)).toHaveLength(2)
      expect(await statesOf(store())).toEqual({ m1: 'answered', m2: 'answered' })
      expect(await end(apart + 6 * SECOND)).toHaveLength(2)
      expect(await statesOf(store())).toEqual({ m1: 'ended', m2: 'ended' })
    })

    it('takes each recipient’s own newest', async () => {
      await claim('m1', 0, 'bob')
      await claim('m1', 0, 'carol')
      await claim('m2', 5 * MINUTE, 'bob')
      const about = await end(6 * MINUTE)
      expect(about.map(({ recipient }) => recipient).sort()).toEqual(['bob', 'carol'])
      expect(await statesOf(store(), 'bob')).toEqual({ m1: 'ringing', m2: 'ended' })
      expect(await statesOf(store(), 'carol')).toEqual({ m1: 'ended' })
    })

    it('of one recipient leaves the others ringing', async () => {
      await claim('m1', 0, 'bob')
      await claim('m1', 0, 'carol')
      expect(await answer(5 * SECOND, { uid: 'carol' })).toMatchObject([{ recipient: 'carol' }])
      expect(await end(9 * SECOND, { recipient: 'carol' })).toMatchObject([{ recipient: 'carol' }])
      expect(await statesOf(store(), 'bob')).toEqual({ m1: 'ringing' })
    })

    it('gives the same rings to the same job again', async () => {
      await claim('m1', 0, 'bob')
      await claim('m1', 0, 'carol')
      const ids = (rings: { ringId: string }[]) => rings.map(({ ringId }) => ringId).sort()
      const first = ids(await answer(5 * SECOND, { uid: undefined }))
      expect(first).toHaveLength(2)
      expect(ids(await answer(5 * SECOND, { uid: undefined }))).toEqual(first)
      expect(ids(await end(MINUTE))).toEqual(first)
      expect(ids(await end(MINUTE))).toEqual(first)
      expect(await store().calls.end('another-job', APP_ID, ended(MINUTE), CALLED_AT + MINUTE)).toEqual([])
    })

    // The worker died before it stopped the phones. Until the job ran again, an announcement came late that is older
    // than the end, and newer than the one whose phones have to be stopped.
    it('gives the same rings to the same job again, though a newer one came between', async () => {
      const { ringId } = await claim('m1')
      expect(await end(2 * MINUTE)).toMatchObject([{ ringId }])
      expect(await claim('m2', MINUTE)).toMatchObject({ state: 'ended' })
      expect(await end(2 * MINUTE)).toMatchObject([{ ringId }])
    })

    it('gives the same answered rings to the same job again, though a newer one came between', async () => {
      const { ringId } = await claim('m1')
      expect(await answer(2 * MINUTE)).toMatchObject([{ ringId }])
      expect(await claim('m2', MINUTE)).toMatchObject({ state: 'answered' })
      expect(await answer(2 * MINUTE)).toMatchObject([{ ringId }])
    })

    it('leaves an ordinary call of the session to the rule of ordinary calls', async () => {
      const ordinary = ringToClaim({ sessionId: SESSION, recipient: 'bob' }, MINUTE)
      await store().calls.claim('job-ordinary', ordinary)
      await claim('m1')
      expect(await end(SECOND)).toHaveLength(2)
    })
  })

  describe('what came before the announcement', () => {
    it.each<[string, number, string]>([
      ['an end of later', MINUTE, 'ended'],
      ['an end of the same second', 0, 'ended'],
      ['an end of the second before', -SECOND, 'ringing'],
    ])('counts by the sender’s clock: after %s it is $2', async (_, later, state) => {
      expect(await end(later)).toEqual([])
      expect(await claim('m1')).toMatchObject({ claim: 'claimed', state })
    })

    it.each<[string, number, string]>([
      ['a participant of later', MINUTE, 'answered'],
      ['a participant of the same second', 0, 'answered'],
      ['a participant of the second before', -SECOND, 'ringing'],
    ])('counts by the sender’s clock: after %s it is $2', async (_, later, state) => {
      expect(await answer(later)).toEqual([])
      expect(await claim('m1')).toMatchObject({ claim: 'claimed', state })
    })

    // Of two ends the one that is sent again comes last, and it may be the older one: it said that nothing is over.
    it('counts although something older came after it', async () => {
      await end(MINUTE)
      await end(-MINUTE, {}, 2 * MINUTE)
      expect(await claim('m1')).toMatchObject({ state: 'ended' })
    })

    it('counts for one recipient, although something older came after it', async () => {
      await end(MINUTE, { recipient: 'bob' })
      await end(-MINUTE, { recipient: 'bob' }, 2 * MINUTE)
      await answer(MINUTE, { uid: 'carol' })
      await answer(-MINUTE, { uid: 'carol' }, 2 * MINUTE)
      expect(await claim('m1', 0, 'bob')).toMatchObject({ state: 'ended' })
      expect(await claim('m1', 0, 'carol')).toMatchObject({ state: 'answered' })
      expect(await claim('m1', 0, 'dave')).toMatchObject({ state: 'ringing' })
    })

    it('counts of its own meeting only, in whatever order three meetings are told', async () => {
      await end(4 * MINUTE)
      await answer(MINUTE)
      await claim('m2', 3 * MINUTE)
      await claim('m3', 6 * MINUTE)
      await claim('m1')
      expect(await statesOf(store())).toEqual({ m1: 'ended', m2: 'ended', m3: 'ringing' })
    })

    it.each(['ended', 'answered'] as const)(
      'counts in each of the 120 orders in which three announcements and two that are %s may come',
      async state => {
        const { calls } = store()
        const tell = (session: string) => {
          const call = (name: string, later: number) => () =>
            calls.claim(name, ringToClaim({ sessionId: session, announcedBy: name }, later))
          const over = (name: string, later: number) => () =>
            state === 'ended'
              ? calls.end(name, APP_ID, ended(later, { sessionId: session }), ARRIVED_AT + later)
              : calls.answer(name, APP_ID, joined(later, { sessionId: session }), ARRIVED_AT + later)
          return [
            ...[call('m1', 0), call('m2', 2 * MINUTE), call('m3', 4 * MINUTE)],
            ...[over('e1', MINUTE), over('e2', 3 * MINUTE)],
          ]
        }
        const told = permutations([0, 1, 2, 3, 4]).map(async order => {
          const session = `session-${order.join('')}`
          const events = tell(session)
          for (const index of order) await events[index]?.()
          return [order, await statesOf(store(), 'bob', session)]
        })
        const states = await Promise.all(told)
        expect(states).toHaveLength(120)
        expect(states).toEqual(states.map(([order]) => [order, { m1: state, m2: state, m3: 'ringing' }]))
      },
    )

    it('does not outweigh for ever what comes later, where its clock was a day fast', async () => {
      const day = 24 * 60 * MINUTE
      await end(day, {}, 0)
      await answer(day, {}, 0)
      const later = DUPLICATE_WINDOW_MS + MINUTE
      expect(await claim('m1', later)).toMatchObject({ state: 'ringing' })
      await end(later + 2 * MINUTE)
      expect(await claim('m2', later + MINUTE)).toMatchObject({ state: 'ended' })
    })
  })

  describe('the record of a session that is used for years', () => {
    it('tells of all its meetings', async () => {
      await claim('m1')
      await answer(5 * SECOND, { platform: 'ios' })
      await claim('m2', 5 * MINUTE)
      const record = await store().calls.read(APP_ID, SESSION)
      expect(record?.rings.map(({ state, answeredOn }) => [state, answeredOn]).sort()).toEqual([
        ['answered', 'ios'],
        ['ringing', undefined],
      ])
    })

    it('expires, with all that was left for rings that never came', async () => {
      await claim('m1')
      await end(MINUTE, { recipient: 'carol' })
      await answer(MINUTE, { uid: 'dave' })
      const { redis, listKeys } = store()
      const lives = await Promise.all((await listKeys()).map(key => redis.pttl(key)))
      expect(lives.length).toBeGreaterThanOrEqual(3)
      expect(lives.every(ms => ms > 0 && ms <= 24 * 60 * MINUTE)).toBe(true)
    })

    // The session's own record lives on with each meeting; without this it grew by each member of each of them.
    it.each<[string, () => Promise<unknown>]>([
      ['end', () => end(2 * MINUTE)],
      ['answer', () => answer(2 * MINUTE)],
    ])('forgets the rings that are no longer on record at the next %s', async (_, happens) => {
      const { redis, keys } = store()
      const { ringId } = await claim('m1')
      await claim('m2', MINUTE)
      await redis.del(keys.ring(ringId))
      await happens()
      const fields = await redis.hkeys(keys.call(APP_ID, SESSION))
      expect(fields.filter(field => field.startsWith('ring:'))).toHaveLength(1)
      expect(fields).not.toContain(`ring:${ringId}`)
    })
  })
})

/** Each of the recipient's rings by the message that announced it. */
async function statesOf({ calls }: TestStore, recipient = 'bob', session = SESSION) {
  const rings = (await calls.read(APP_ID, session))?.rings ?? []
  const own = rings.filter(ring => ring.recipient === recipient)
  const named = own.map(async ({ ringId, state }) => {
    const known = await calls.readEvent(ringId)
    return [known?.event.announcedBy ?? 'ordinary', state] as const
  })
  return Object.fromEntries(await Promise.all(named))
}

function permutations<Item>(items: Item[]): Item[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map(others => [item, ...others]),
  )
}
