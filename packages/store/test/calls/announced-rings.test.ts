import { type AnswerEvent, type EndEvent, ringId as ringIdOf } from '@ringer/payloads'
import { DUPLICATE_WINDOW_MS } from '@ringer/store'
import { describe, expect } from 'vitest'
import { APP_ID } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'
import { ARRIVED_AT, addDevices, CALLED_AT, iphone, ringToClaim, storePhones } from './claim-ring.ts'

/** To CometChat all meetings of a group are one session. Each is announced by its own message. */
const SESSION = 'chess-club'
const SECOND = 1_000
const MINUTE = 60 * SECOND

/** The announcement of a meeting to one member, `later` ms after the usual call. */
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

/** What can happen to a meeting. */
interface Events {
  end(later: number, event?: Partial<EndEvent>): Promise<unknown>
  answer(later: number, event?: Partial<AnswerEvent>): Promise<unknown>
}

describeStore('rings that a message announced', storeIt => {
  storeIt.beforeEach(({ store }) => storePhones(store))

  const it = storeIt
    .extend(
      'claim',
      ({ store }) =>
        (...meeting: Parameters<typeof announcement>) =>
          store.calls.claim(`job-${meeting.join('-')}`, announcement(...meeting)),
    )
    /** `later` is the time of the event itself, `arrives` the time of its webhook, which may come much later. */
    .extend(
      'end',
      ({ store }) =>
        (later: number, event: Partial<EndEvent> = {}, arrives = later + 300) =>
          store.calls.end(`end-${later}`, APP_ID, ended(later, event), CALLED_AT + arrives),
    )
    .extend(
      'answer',
      ({ store }) =>
        (later: number, event: Partial<AnswerEvent> = {}, arrives = later + 300) =>
          store.calls.answer(`answer-${later}`, APP_ID, joined(later, event), CALLED_AT + arrives),
    )

  it('ring each on its own, although they share a session id', async ({ store, claim }) => {
    const first = await claim('m1')
    const second = await claim('m2', MINUTE)
    expect([first, second]).toMatchObject([
      { claim: 'claimed', state: 'ringing' },
      { claim: 'claimed', state: 'ringing' },
    ])
    expect(second.ringId).not.toBe(first.ringId)
    expect(await statesOf(store)).toEqual({ m1: 'ringing', m2: 'ringing' })
  })

  // The end of the first meeting arrives late, during an attempt for it. By then the phone rings for the second meeting,
  // and a stop would silence that one.
  it('need no stop for an attempt that finishes after a later meeting was announced', async ({
    store,
    claim,
    end,
  }) => {
    const { ringId } = await claim('m1')
    await addDevices(store, ringId, new Map([['d1', iphone]]))
    await claim('m2', MINUTE)
    await end(SECOND, {}, MINUTE + SECOND)
    const settled = await store.calls.recordDevice(ringId, 'd1', { outcome: 'accepted' })
    expect(settled).toMatchObject({ state: 'ended', endAction: undefined, answeredOn: undefined })
  })

  it('ring once for each message, even if another job reports it', async ({ store, claim }) => {
    await claim('m1')
    const again = await store.calls.claim('another-job', announcement('m1', 20 * SECOND))
    expect(again).toMatchObject({ claim: 'duplicate', state: 'ringing' })
  })

  it.for<[string, (events: Events) => Promise<unknown>]>([
    ['ended', ({ end }) => end(MINUTE)],
    ['was answered', ({ answer }) => answer(5 * SECOND)],
    ['was answered by somebody unnamed', ({ answer }) => answer(5 * SECOND, { uid: undefined })],
    ['ended for the recipient', ({ end }) => end(MINUTE, { recipient: 'bob' })],
    [
      'was answered and ended',
      async ({ answer, end }) => {
        await answer(5 * SECOND)
        await end(MINUTE)
      },
    ],
  ])('ring for the next meeting after the first %s', async ([_, happens], { store, claim, end, answer }) => {
    await claim('m1')
    await happens({ end, answer })
    const { state, ringId } = await claim('m2', 2 * MINUTE)
    expect(state).toBe('ringing')
    await addDevices(store, ringId, new Map([['d1', iphone]]))
    const { verdict } = await store.calls.beginAttempt(ringId, 'd1', ARRIVED_AT + 2 * MINUTE + 50)
    expect(verdict).toBe('go')
  })

  it('do not change the rule for ordinary calls: an end ends a later call of the same session id', async ({
    store,
    end,
  }) => {
    const ordinary = { sessionId: SESSION, announcedBy: undefined, conversationId: 'group_chess-club' }
    await end(MINUTE)
    expect(await store.calls.claim('job-ordinary', ringToClaim(ordinary, 2 * MINUTE))).toMatchObject({
      state: 'ended',
    })
  })

  describe('an end or an answer', () => {
    it('of the previous meeting does not touch the next', async ({ store, claim, end }) => {
      await claim('m1')
      await claim('m2', 2 * MINUTE)
      expect(await end(2 * MINUTE - SECOND, {}, 2 * MINUTE + SECOND)).toHaveLength(1)
      expect(await statesOf(store)).toEqual({ m1: 'ended', m2: 'ringing' })
    })

    it('by a participant of the previous meeting does not touch the next', async ({
      store,
      claim,
      answer,
    }) => {
      await claim('m1')
      await claim('m2', 2 * MINUTE)
      expect(await answer(2 * MINUTE - SECOND, {}, 2 * MINUTE + SECOND)).toHaveLength(1)
      expect(await statesOf(store)).toEqual({ m1: 'answered', m2: 'ringing' })
    })

    it.for([
      ['a second later', SECOND],
      ['an hour later', 60 * MINUTE],
    ] as const)('%s applies to the announced meeting', async ([_, later], { store, claim, end, answer }) => {
      await claim('m1')
      expect(await answer(later)).toHaveLength(1)
      expect(await statesOf(store)).toEqual({ m1: 'answered' })
      expect(await end(later)).toHaveLength(1)
      expect(await statesOf(store)).toEqual({ m1: 'ended' })
    })

    // Strangers may know a meeting's session id. They could end it while it was being announced.
    it('in the same second applies if it is an answer, and not if it is an end', async ({
      store,
      claim,
      end,
      answer,
    }) => {
      await claim('m1', 500)
      for (const later of [0, 400, 600, 999]) expect(await end(later)).toEqual([])
      expect(await statesOf(store)).toEqual({ m1: 'ringing' })
      expect(await answer(0)).toHaveLength(1)
      expect(await statesOf(store)).toEqual({ m1: 'answered' })
    })

    it('of the previous meeting does not touch the next that is announced in the same second', async ({
      store,
      claim,
      end,
    }) => {
      await claim('m1')
      await claim('m2', 20 * SECOND)
      expect(await end(20 * SECOND)).toHaveLength(1)
      expect(await statesOf(store)).toEqual({ m1: 'ended', m2: 'ringing' })
    })

    it('is timed by its arrival if it carries no time', async ({ store, claim }) => {
      await claim('m1')
      await claim('m2', 2 * MINUTE)
      const timeless = ended(0, { sentAt: undefined })
      await store.calls.end('job-1', APP_ID, timeless, CALLED_AT + MINUTE)
      expect(await statesOf(store)).toEqual({ m1: 'ended', m2: 'ringing' })
      await store.calls.end('job-2', APP_ID, timeless, CALLED_AT + 3 * MINUTE)
      expect(await statesOf(store)).toEqual({ m1: 'ended', m2: 'ended' })
    })

    it('applies only to the newest meeting once the others have stopped ringing', async ({
      store,
      claim,
      end,
    }) => {
      await claim('m1')
      await claim('m2', 5 * MINUTE)
      await claim('m3', 10 * MINUTE)
      const endedRings = await end(12 * MINUTE)
      expect(endedRings).toHaveLength(1)
      expect(await statesOf(store)).toEqual({ m1: 'ringing', m2: 'ringing', m3: 'ended' })
    })

    it('finds the newest meeting in whatever order the announcements arrived', async ({
      store,
      claim,
      answer,
    }) => {
      await claim('m3', 10 * MINUTE)
      await claim('m1')
      await claim('m2', 5 * MINUTE)
      await answer(12 * MINUTE)
      expect(await statesOf(store)).toEqual({ m1: 'ringing', m2: 'ringing', m3: 'answered' })
    })

    // Two people press the button at once. Both rings belong to one session, so both stop together.
    it.for([
      ['in the same second', 0],
      ['twenty seconds apart', 20 * SECOND],
    ] as const)(
      'applies to every ring that still rings when two people announced the meeting %s',
      async ([_, apart], { store, claim, end, answer }) => {
        await claim('m1')
        await claim('m2', apart)
        expect(await answer(apart + 5 * SECOND)).toHaveLength(2)
        expect(await statesOf(store)).toEqual({ m1: 'answered', m2: 'answered' })
        expect(await end(apart + 6 * SECOND)).toHaveLength(2)
        expect(await statesOf(store)).toEqual({ m1: 'ended', m2: 'ended' })
      },
    )

    it('applies to the newest ring of each recipient', async ({ store, claim, end }) => {
      await claim('m1', 0, 'bob')
      await claim('m1', 0, 'carol')
      await claim('m2', 5 * MINUTE, 'bob')
      const endedRings = await end(6 * MINUTE)
      expect(endedRings.map(({ recipient }) => recipient).sort()).toEqual(['bob', 'carol'])
      expect(await statesOf(store, 'bob')).toEqual({ m1: 'ringing', m2: 'ended' })
      expect(await statesOf(store, 'carol')).toEqual({ m1: 'ended' })
    })

    it('for one recipient leaves the others ringing', async ({ store, claim, end, answer }) => {
      await claim('m1', 0, 'bob')
      await claim('m1', 0, 'carol')
      expect(await answer(5 * SECOND, { uid: 'carol' })).toMatchObject([{ recipient: 'carol' }])
      expect(await end(9 * SECOND, { recipient: 'carol' })).toMatchObject([{ recipient: 'carol' }])
      expect(await statesOf(store, 'bob')).toEqual({ m1: 'ringing' })
    })

    it('returns the same rings when the same job runs again', async ({ store, claim, end, answer }) => {
      await claim('m1', 0, 'bob')
      await claim('m1', 0, 'carol')
      const ids = (rings: { ringId: string }[]) => rings.map(({ ringId }) => ringId).sort()
      const first = ids(await answer(5 * SECOND, { uid: undefined }))
      expect(first).toHaveLength(2)
      expect(ids(await answer(5 * SECOND, { uid: undefined }))).toEqual(first)
      expect(ids(await end(MINUTE))).toEqual(first)
      expect(ids(await end(MINUTE))).toEqual(first)
      expect(await store.calls.end('another-job', APP_ID, ended(MINUTE), CALLED_AT + MINUTE)).toEqual([])
    })

    // The worker died before it stopped the phones. Before the job ran again, a late announcement arrived: it is older than
    // the end, and newer than the meeting whose phones have to be stopped.
    it('returns the same rings when the same job runs again after a newer announcement', async ({
      claim,
      end,
    }) => {
      const { ringId } = await claim('m1')
      expect(await end(2 * MINUTE)).toMatchObject([{ ringId }])
      expect(await claim('m2', MINUTE)).toMatchObject({ state: 'ended' })
      expect(await end(2 * MINUTE)).toMatchObject([{ ringId }])
    })

    it('returns the same answered rings when the same job runs again after a newer announcement', async ({
      claim,
      answer,
    }) => {
      const { ringId } = await claim('m1')
      expect(await answer(2 * MINUTE)).toMatchObject([{ ringId }])
      expect(await claim('m2', MINUTE)).toMatchObject({ state: 'answered' })
      expect(await answer(2 * MINUTE)).toMatchObject([{ ringId }])
    })

    it('also ends an ordinary call of the session, by the rule for ordinary calls', async ({
      store,
      claim,
      end,
    }) => {
      const ordinary = ringToClaim({ sessionId: SESSION, recipient: 'bob' }, MINUTE)
      await store.calls.claim('job-ordinary', ordinary)
      await claim('m1')
      expect(await end(SECOND)).toHaveLength(2)
    })
  })

  describe('an end or an answer that arrives before the announcement', () => {
    it.for<[string, number, string]>([
      ['a minute after the announcement', MINUTE, 'ended'],
      ['in the next second', SECOND, 'ended'],
      ['in the same second', 0, 'ringing'],
      ['in the same second, by a clock of milliseconds', 999, 'ringing'],
      ['a second before the announcement', -SECOND, 'ringing'],
    ])(
      'counts by the sender’s clock: an end %s leaves the ring $2',
      async ([_, later, state], { claim, end }) => {
        expect(await end(later)).toEqual([])
        expect(await claim('m1')).toMatchObject({ claim: 'claimed', state })
      },
    )

    it.for<[string, number, string]>([
      ['a minute after the announcement', MINUTE, 'answered'],
      ['in the same second', 0, 'answered'],
      ['a second before the announcement', -SECOND, 'ringing'],
    ])(
      'counts by the sender’s clock: an answer %s leaves the ring $2',
      async ([_, later, state], { claim, answer }) => {
        expect(await answer(later)).toEqual([])
        expect(await claim('m1')).toMatchObject({ claim: 'claimed', state })
      },
    )

    // A webhook that CometChat retries arrives last, and may be the older of two ends. It replaced the newer end.
    it('counts although an older end arrives after it', async ({ claim, end }) => {
      await end(MINUTE)
      await end(-MINUTE, {}, 2 * MINUTE)
      expect(await claim('m1')).toMatchObject({ state: 'ended' })
    })

    it('counts for one recipient although an older one arrives after it', async ({ claim, end, answer }) => {
      await end(MINUTE, { recipient: 'bob' })
      await end(-MINUTE, { recipient: 'bob' }, 2 * MINUTE)
      await answer(MINUTE, { uid: 'carol' })
      await answer(-MINUTE, { uid: 'carol' }, 2 * MINUTE)
      expect(await claim('m1', 0, 'bob')).toMatchObject({ state: 'ended' })
      expect(await claim('m1', 0, 'carol')).toMatchObject({ state: 'answered' })
      expect(await claim('m1', 0, 'dave')).toMatchObject({ state: 'ringing' })
    })

    it('counts only for its own meeting, in whatever order three meetings are announced', async ({
      store,
      claim,
      end,
      answer,
    }) => {
      await end(4 * MINUTE)
      await answer(MINUTE)
      await claim('m2', 3 * MINUTE)
      await claim('m3', 6 * MINUTE)
      await claim('m1')
      expect(await statesOf(store)).toEqual({ m1: 'ended', m2: 'ended', m3: 'ringing' })
    })

    it.for(['ended', 'answered'] as const)(
      'counts in all 120 orders in which three announcements and two events that make a ring %s can arrive',
      async (state, { store }) => {
        const { calls } = store
        const eventsOf = (session: string) => {
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
        const outcomes = permutations([0, 1, 2, 3, 4]).map(async order => {
          const session = `session-${order.join('')}`
          const events = eventsOf(session)
          for (const index of order) await events[index]?.()
          return [order, await statesOf(store, 'bob', session)]
        })
        const states = await Promise.all(outcomes)
        expect(states).toHaveLength(120)
        expect(states).toEqual(states.map(([order]) => [order, { m1: state, m2: state, m3: 'ringing' }]))
      },
    )

    it('does not end later meetings for ever if its clock was a day fast', async ({ claim, end, answer }) => {
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
    it('lists all its meetings', async ({ store, claim, answer }) => {
      await claim('m1')
      await answer(5 * SECOND, { platform: 'ios' })
      await claim('m2', 5 * MINUTE)
      const record = await store.calls.read(APP_ID, SESSION)
      expect(record?.rings.map(({ state, answeredOn }) => [state, answeredOn]).sort()).toEqual([
        ['answered', 'ios'],
        ['ringing', undefined],
      ])
    })

    it('expires, along with the marks left for rings that never arrived', async ({
      store,
      claim,
      end,
      answer,
    }) => {
      await claim('m1')
      await end(MINUTE, { recipient: 'carol' })
      await answer(MINUTE, { uid: 'dave' })
      const { redis, listKeys } = store
      const lives = await Promise.all((await listKeys()).map(key => redis.pttl(key)))
      expect(lives.length).toBeGreaterThanOrEqual(3)
      expect(lives.every(ms => ms > 0 && ms <= 24 * 60 * MINUTE)).toBe(true)
    })

    // Each meeting prolongs the life of the session's record, which grew by one field for each member of each meeting.
    it('drops announcements and recipients that are a day old at the next announcement', async ({
      store,
      claim,
    }) => {
      const { redis, keys } = store
      const day = 24 * 60 * MINUTE
      await claim('m1', 0, 'carol')
      await claim('m1')
      await claim('m2', MINUTE)
      const { ringId } = await claim('m3', day + 2 * MINUTE)
      const recipients = await redis.zrange(keys.recipients(APP_ID, SESSION), '0', '-1')
      expect(recipients).toEqual(['bob'])
      const recipientId = ringIdOf(APP_ID, { sessionId: SESSION, recipient: 'bob', announcedBy: undefined })
      expect(await redis.zrange(keys.announced(recipientId), '0', '-1')).toEqual([ringId])
    })
  })
})

/** The state of each ring of a recipient, by the message that announced it. */
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
