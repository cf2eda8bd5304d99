import type { CallEvent, CallJob } from '@ringer/payloads'
import {
  CALLS,
  connectFailFast,
  createCallQueue,
  findWaitingCalls,
  GROUPS,
  type Shares,
  type WaitingSelector,
  waitUntilReady,
} from '@ringer/store'
import { DelayedError, Queue, Worker } from 'bullmq'
import { expect, onTestFinished } from 'vitest'
import { APP_ID, SESSION_ID } from '../../../payloads/test/webhooks.ts'
import { ARRIVED_AT, ringToClaim } from '../calls/claim-ring.ts'
import { describeStore, type TestStore } from '../describe-store.ts'

const patience = { timeout: 10_000 }

const { recipient: _, ...called } = ringToClaim().event
const chess = { uid: 'chess', name: 'Chess club', type: 'group' } as const
const ringOf = (overrides: Parameters<typeof ringToClaim>[0] = {}): CallEvent => ringToClaim(overrides).event
const groupCall: CallEvent = { ...called, kind: 'group', receiver: chess, sessionId: 'v1.eu.group' }
const cancel: CallEvent = { kind: 'end', action: 'cancelled', sessionId: SESSION_ID }
const answer: CallEvent = { kind: 'answer', sessionId: SESSION_ID, uid: 'bob' }
const message: CallEvent = {
  kind: 'chat',
  recipient: 'bob',
  notification: { title: 'Alice Moreau', body: 'Are you there?', collapse: '1', data: {} },
}

/** Stores an event as the ingress does, `later` ms after the usual time. */
async function enqueue(store: TestStore, event: CallEvent, later = 0, shares?: Shares) {
  const connection = connectFailFast(store.target, 5_000)
  onTestFinished(() => connection.disconnect())
  await waitUntilReady(connection, 5_000)
  const queue = createCallQueue(connection, store.prefix, shares)
  onTestFinished(() => queue.close())
  const receivedAt = ARRIVED_AT + later
  expect(await queue.enqueue({ appId: APP_ID, event, receivedAt, deadline: receivedAt + 30_000 })).toBe(
    'queued',
  )
}

/** Adds many rings without the duplicate markers of the ingress. */
async function fill({ redis, prefix }: TestStore, count: number) {
  const queue = new Queue<CallJob>(CALLS, { connection: redis, prefix })
  onTestFinished(() => queue.close())
  const jobs = Array.from({ length: count }, (_, number) => ({
    name: 'ring',
    data: {
      appId: APP_ID,
      event: ringOf({ sessionId: `v1.eu.${number}`, recipient: `user-${number}` }),
      receivedAt: ARRIVED_AT + number,
      deadline: ARRIVED_AT + number + 30_000,
    },
  }))
  await queue.addBulk(jobs)
}

const find = ({ redis, prefix }: TestStore, selector: Partial<WaitingSelector> = {}) =>
  findWaitingCalls(redis, prefix, { limit: 100, ...selector })

describeStore('calls that wait', it => {
  it('are none when nothing was stored', async ({ store }) => {
    expect(await find(store)).toEqual({ calls: [], isComplete: true })
  })

  it('are found with their ids and times, and no name or text', async ({ store }) => {
    await enqueue(store, ringOf())
    await enqueue(store, cancel, 50)
    await enqueue(store, answer, 60)
    await enqueue(store, groupCall, 70)
    const times = (later: number) => ({
      receivedAt: ARRIVED_AT + later,
      deadline: ARRIVED_AT + later + 30_000,
      state: 'waiting',
    })
    const session = { appId: APP_ID, sessionId: SESSION_ID }
    expect(await find(store)).toEqual({
      isComplete: true,
      calls: [
        {
          appId: APP_ID,
          sessionId: 'v1.eu.group',
          kind: 'group',
          caller: 'alice',
          group: 'chess',
          sentAt: groupCall.sentAt,
          ...times(70),
        },
        { ...session, kind: 'answer', recipient: 'bob', ...times(60) },
        { ...session, kind: 'end', action: 'cancelled', ...times(50) },
        { ...session, kind: 'ring', caller: 'alice', recipient: 'bob', sentAt: ringOf().sentAt, ...times(0) },
      ],
    })
  })

  it('are found by session id', async ({ store }) => {
    await enqueue(store, ringOf())
    await enqueue(store, ringOf({ sessionId: `${SESSION_ID}-2` }), 10)
    await enqueue(store, cancel, 20)
    const { calls } = await find(store, { sessionId: SESSION_ID })
    expect(calls.map(({ kind }) => kind)).toEqual(['end', 'ring'])
  })

  it('are found by recipient in any case, and not by caller', async ({ store }) => {
    await enqueue(store, ringOf())
    await enqueue(store, ringOf({ sessionId: 'v1.eu.2', recipient: 'carol' }), 10)
    await enqueue(store, ringOf({ sessionId: 'v1.eu.3', recipient: 'bobby' }), 20)
    expect((await find(store, { uid: 'Bob' })).calls).toMatchObject([{ sessionId: SESSION_ID }])
    expect((await find(store, { uid: 'alice' })).calls).toEqual([])
  })

  it('tell meetings of one session apart', async ({ store }) => {
    const meeting = { sessionId: 'chess', receiver: chess }
    await enqueue(store, ringOf({ ...meeting, announcedBy: 'm1' }))
    await enqueue(store, ringOf({ ...meeting, announcedBy: 'm2' }), 10)
    expect((await find(store, { sessionId: 'chess' })).calls).toMatchObject([
      { announcedBy: 'm2', group: 'chess', recipient: 'bob' },
      { announcedBy: 'm1' },
    ])
  })

  it('include rings of callers who exceeded their share, and no chat message', async ({ store }) => {
    const everybodyYields = { isOver: () => true }
    await enqueue(store, ringOf(), 0, everybodyYields)
    await enqueue(store, message, 10)
    expect(await find(store)).toMatchObject({
      calls: [{ kind: 'ring', state: 'waiting' }],
      isComplete: true,
    })
  })

  it('are active while a worker handles them, delayed before a retry, and gone when done', async ({
    store,
  }) => {
    const { redis, prefix } = store
    const handled = Promise.withResolvers<'again' | 'done'>()
    const repeated = Promise.withResolvers<void>()
    let attempts = 0
    const worker = new Worker(
      CALLS,
      async (job, token) => {
        attempts += 1
        if (attempts > 1) return repeated.promise
        await handled.promise
        await job.moveToDelayed(Date.now() + 500, token)
        throw new DelayedError()
      },
      { connection: redis, prefix },
    )
    onTestFinished(() => worker.close())
    await enqueue(store, ringOf())
    const state = async () => (await find(store, { sessionId: SESSION_ID })).calls.map(call => call.state)
    await expect.poll(state, patience).toEqual(['active'])
    handled.resolve('again')
    await expect.poll(state, { ...patience, interval: 10 }).toEqual(['delayed'])
    await expect.poll(state, patience).toEqual(['active'])
    repeated.resolve()
    await expect.poll(state, patience).toEqual([])
  })

  it('are the newest ones up to the limit, and the result says that it is incomplete', async ({ store }) => {
    await fill(store, 5)
    await enqueue(store, groupCall, 3.5)
    const { calls, isComplete } = await find(store, { limit: 2 })
    expect(calls.map(({ sessionId }) => sessionId)).toEqual(['v1.eu.4', 'v1.eu.group'])
    expect(isComplete).toBe(false)
    expect(await find(store, { limit: 6 })).toMatchObject({ isComplete: true })
  })

  it('are found deep in a long queue up to a bound, and the result says that it is incomplete', async ({
    store,
  }) => {
    await fill(store, 60)
    const findInTop = (selector: Partial<WaitingSelector>) =>
      findWaitingCalls(store.redis, store.prefix, { limit: 100, ...selector }, { atOnce: 20, depth: 40 })
    expect(await findInTop({ sessionId: 'v1.eu.59' })).toMatchObject({ calls: [{ recipient: 'user-59' }] })
    expect(await findInTop({ uid: 'user-20' })).toMatchObject({ calls: [{ sessionId: 'v1.eu.20' }] })
    expect(await findInTop({ uid: 'user-19' })).toEqual({ calls: [], isComplete: false })
    expect(await findInTop({ sessionId: 'v1.eu.unheard-of' })).toEqual({ calls: [], isComplete: false })
    expect(await find(store, { sessionId: 'v1.eu.unheard-of' })).toEqual({ calls: [], isComplete: true })
  })

  it('leave out jobs that cannot be read', async ({ store }) => {
    const { redis, prefix } = store
    const queue = new Queue(GROUPS, { connection: redis, prefix })
    onTestFinished(() => queue.close())
    await queue.add('ring', { event: { kind: 'unreadable', sessionId: SESSION_ID } })
    await enqueue(store, ringOf())
    const { calls } = await find(store, { sessionId: SESSION_ID })
    expect(calls).toMatchObject([{ kind: 'ring' }])
  })
})
