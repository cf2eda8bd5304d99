import {
  type CallSelector,
  connectFailFast,
  createCallQueue,
  createCallRecords,
  listCalls,
  readCall,
  waitUntilReady,
} from '@ringer/store'
import { expect, onTestFinished } from 'vitest'
import { APP_ID, SESSION_ID } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'
import { ARRIVED_AT, ringToClaim } from './claim-ring.ts'

const HOUR = 3_600_000

/** Claims a ring whose webhook arrived `later` ms after the usual time. */
const claim = (
  { calls }: Pick<TestStore, 'calls'>,
  event: Parameters<typeof ringToClaim>[0],
  later = 0,
  job = `job-${event?.sessionId}-${event?.recipient}-${later}`,
) => calls.claim(job, ringToClaim(event, later))

const list = ({ calls }: TestStore, selector: Partial<CallSelector> = {}) =>
  listCalls(calls, [APP_ID], { limit: 100, ...selector })

/** Stores a ring as the ingress does. */
async function enqueue(
  store: TestStore,
  event: Parameters<typeof ringToClaim>[0],
  later: number,
  appId = APP_ID,
) {
  const connection = connectFailFast(store.target, 5_000)
  onTestFinished(() => connection.disconnect())
  await waitUntilReady(connection, 5_000)
  const queue = createCallQueue(connection, store.prefix)
  onTestFinished(() => queue.close())
  await queue.enqueue({ ...ringToClaim(event, later), appId })
}

describeStore('the list of calls', it => {
  it('is empty when nobody was called', async ({ store }) => {
    expect(await list(store)).toEqual([])
    expect(await list(store, { uid: 'bob' })).toEqual([])
  })

  it('has the calls to one recipient, the newest first, with the uid in any case', async ({ store }) => {
    await claim(store, { sessionId: 's1' })
    await claim(store, { sessionId: 's3', recipient: 'carol' }, 2_000)
    await claim(store, { sessionId: 's2' }, 1_000)
    expect(await list(store, { uid: 'Bob' })).toEqual([
      { appId: APP_ID, sessionId: 's2', receivedAt: ARRIVED_AT + 1_000 },
      { appId: APP_ID, sessionId: 's1', receivedAt: ARRIVED_AT },
    ])
    expect(await list(store, { uid: 'alice' })).toEqual([])
  })

  it('has the calls of everybody, and a call to several once', async ({ store }) => {
    await claim(store, { sessionId: 's1' })
    await claim(store, { sessionId: 's2', recipient: 'carol' }, 1_000)
    await claim(store, { sessionId: 's2', recipient: 'dave' }, 1_000)
    expect((await list(store)).map(({ sessionId }) => sessionId)).toEqual(['s2', 's1'])
  })

  it('tells the meetings of one session apart', async ({ store }) => {
    await claim(store, { sessionId: 'chess "club"', announcedBy: 'm/1' })
    await claim(store, { sessionId: 'chess "club"', announcedBy: 'm/2' }, 1_000)
    expect(await list(store, { uid: 'bob' })).toEqual([
      { appId: APP_ID, sessionId: 'chess "club"', announcedBy: 'm/2', receivedAt: ARRIVED_AT + 1_000 },
      { appId: APP_ID, sessionId: 'chess "club"', announcedBy: 'm/1', receivedAt: ARRIVED_AT },
    ])
  })

  it('has what arrived at an instant or later, and no more than the limit', async ({ store }) => {
    for (const later of [0, 1_000, 2_000, 3_000]) await claim(store, { sessionId: `s${later}` }, later)
    const since = ARRIVED_AT + 1_000
    const ids = async (selector: Partial<CallSelector>) =>
      (await list(store, selector)).map(({ sessionId }) => sessionId)
    expect(await ids({ since })).toEqual(['s3000', 's2000', 's1000'])
    expect(await ids({ since, uid: 'bob', limit: 2 })).toEqual(['s3000', 's2000'])
  })

  it('has the time of the first webhook: a duplicate and a job that runs again change nothing', async ({
    store,
  }) => {
    await claim(store, { sessionId: 's1' }, 0, 'job-1')
    await claim(store, { sessionId: 's1' }, 10_000, 'job-2')
    await claim(store, { sessionId: 's1' }, 20_000, 'job-1')
    expect(await list(store)).toMatchObject([{ sessionId: 's1', receivedAt: ARRIVED_AT }])
  })

  it('has calls that rang nobody because they were over', async ({ store }) => {
    const ring = ringToClaim({ sessionId: 's1' })
    expect(await store.calls.claim('job-1', { ...ring, dequeuedAt: ring.deadline })).toMatchObject({
      state: 'expired',
    })
    expect(await list(store, { uid: 'bob' })).toMatchObject([{ sessionId: 's1' }])
  })

  it('has calls that wait for a worker, each once, and those of other tenants only when asked', async ({
    store,
  }) => {
    await claim(store, { sessionId: 's1' })
    // The time on record wins over that of a webhook that came later.
    await enqueue(store, { sessionId: 's1' }, 500)
    await enqueue(store, { sessionId: 's2' }, 1_000)
    await enqueue(store, { sessionId: 's3' }, 2_000, 'app-2')
    expect(await list(store, { uid: 'bob' })).toEqual([
      { appId: APP_ID, sessionId: 's2', receivedAt: ARRIVED_AT + 1_000 },
      { appId: APP_ID, sessionId: 's1', receivedAt: ARRIVED_AT },
    ])
    expect(await list(store, { since: ARRIVED_AT + 1_500 })).toEqual([])
    expect(await listCalls(store.calls, [APP_ID, 'app-2'], { limit: 1 })).toMatchObject([{ sessionId: 's3' }])
  })

  it('is bounded: 200 calls of a recipient, 1,000 of an app', async ({ store }) => {
    const { redis, keys } = store
    const old = (count: number) =>
      Array.from({ length: count }, (_, number) => [ARRIVED_AT - 1_000 + number, `["old-${number}"]`]).flat()
    // Both are full.
    await redis.zadd(keys.callsOf(APP_ID, 'bob'), ...old(200))
    await redis.zadd(keys.newest(APP_ID), ...old(1_000))
    await claim(store, { sessionId: 's1' })
    expect(await redis.zcard(keys.callsOf(APP_ID, 'bob'))).toBe(200)
    expect(await redis.zcard(keys.newest(APP_ID))).toBe(1_000)
    expect(await list(store, { uid: 'bob', limit: 1 })).toMatchObject([{ sessionId: 's1' }])
    expect(await redis.zscore(keys.newest(APP_ID), '["old-0"]')).toBeNull()
  })

  it('lives as long as the records, and drops what is older at the next call', async ({ store }) => {
    const { redis, keys } = store
    const calls = createCallRecords(redis, keys, { keptMs: HOUR })
    await claim({ calls }, { sessionId: 's1' })
    for (const key of [keys.callsOf(APP_ID, 'bob'), keys.newest(APP_ID)]) {
      const life = await redis.pttl(key)
      expect(life).toBeGreaterThan(HOUR - 60_000)
      expect(life).toBeLessThanOrEqual(HOUR)
    }
    await claim({ calls }, { sessionId: 's2' }, HOUR)
    expect((await list(store, { uid: 'bob' })).map(({ sessionId }) => sessionId)).toEqual(['s2'])
    expect((await list(store)).map(({ sessionId }) => sessionId)).toEqual(['s2'])
  })
})

describeStore('a call that waits for a worker', it => {
  it('can be read by its session id although nothing is on record', async ({ store }) => {
    await enqueue(store, {}, 0)
    const { receivedAt, deadline, event } = ringToClaim()
    expect(await readCall(store.calls, [APP_ID], SESSION_ID)).toEqual({
      appId: APP_ID,
      sessionId: SESSION_ID,
      rings: [],
      waiting: [
        {
          ...{ appId: APP_ID, sessionId: SESSION_ID, kind: 'ring', state: 'waiting' },
          ...{ caller: 'alice', recipient: 'bob', sentAt: event.sentAt, receivedAt, deadline },
        },
      ],
    })
    expect(await readCall(store.calls, ['app-2'], SESSION_ID)).toBeUndefined()
  })

  it('is added to what is on record of the session', async ({ store }) => {
    await claim(store, {})
    await enqueue(store, { recipient: 'carol' }, 0)
    expect(await readCall(store.calls, [APP_ID], SESSION_ID)).toMatchObject({
      rings: [{ recipient: 'bob' }],
      waiting: [{ recipient: 'carol' }],
    })
  })
})
