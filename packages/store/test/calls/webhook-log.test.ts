import {
  createWebhookLog,
  readCall,
  readWebhooks,
  WEBHOOKS_PER_SESSION,
  type WebhookEntry,
} from '@ringer/store'
import { expect } from 'vitest'
import { APP_ID, SESSION_ID } from '../../../payloads/test/webhooks.ts'
import { describeStore, type TestStore } from '../describe-store.ts'
import { ARRIVED_AT, ringToClaim } from './claim-ring.ts'

const HOUR = 3_600_000
const retry = (receivedAt: number): WebhookEntry => ({ receivedAt, kind: 'ring', answer: 'duplicate' })
const end: WebhookEntry = { receivedAt: ARRIVED_AT, kind: 'end', action: 'cancelled', answer: 'queued' }

const log = ({ redis, keys }: TestStore, ...entries: WebhookEntry[]) => {
  const { add } = createWebhookLog(redis, keys, HOUR)
  return Promise.all(entries.map(entry => add(APP_ID, SESSION_ID, entry)))
}
const read = ({ redis, keys }: TestStore) => readWebhooks(redis, keys, APP_ID, SESSION_ID)

describeStore("the log of a session's webhooks", it => {
  it('has them in the order of their answers, and those of no other session', async ({ store }) => {
    await log(store, retry(ARRIVED_AT), end)
    expect(await read(store)).toEqual([retry(ARRIVED_AT), end])
    expect(await readWebhooks(store.redis, store.keys, APP_ID, 'v1.eu.other')).toEqual([])
  })

  it('keeps the newest 20, for as long as records', async ({ store }) => {
    const times = Array.from({ length: WEBHOOKS_PER_SESSION + 2 }, (_, number) => ARRIVED_AT + number)
    await log(store, ...times.map(retry))
    expect(await read(store)).toEqual(times.slice(2).map(retry))
    const life = await store.redis.pttl(store.keys.webhooks(APP_ID, SESSION_ID))
    expect(life).toBeGreaterThan(HOUR - 60_000)
    expect(life).toBeLessThanOrEqual(HOUR)
  })

  it('leaves out entries that cannot be read', async ({ store }) => {
    await store.redis.rpush(store.keys.webhooks(APP_ID, SESSION_ID), 'no JSON', '{"kind":"ring"}')
    await log(store, end)
    expect(await read(store)).toEqual([end])
  })

  it("is part of the call's record", async ({ store }) => {
    await store.calls.claim('job-1', ringToClaim())
    await log(store, retry(ARRIVED_AT + 10_000))
    expect(await store.calls.read(APP_ID, SESSION_ID)).toMatchObject({
      rings: [{ recipient: 'bob' }],
      webhooks: [retry(ARRIVED_AT + 10_000)],
    })
  })
})

describeStore('a call that no webhook announced', it => {
  it('is on record with the end of the session', async ({ store }) => {
    await store.calls.end(
      'job-1',
      APP_ID,
      { kind: 'end', action: 'ended', sessionId: SESSION_ID },
      ARRIVED_AT,
    )
    expect(await readCall(store.calls, [APP_ID], SESSION_ID)).toEqual({
      appId: APP_ID,
      sessionId: SESSION_ID,
      end: expect.objectContaining({ action: 'ended', at: ARRIVED_AT }),
      rings: [],
    })
  })

  it('is on record with the answer of a session', async ({ store }) => {
    await store.calls.answer('job-1', APP_ID, { kind: 'answer', sessionId: SESSION_ID }, ARRIVED_AT)
    expect(await readCall(store.calls, [APP_ID], SESSION_ID)).toEqual({
      appId: APP_ID,
      sessionId: SESSION_ID,
      answer: { at: ARRIVED_AT },
      rings: [],
    })
  })

  // Such an event marks its recipient, and is in no record of the session.
  it('is on record by its webhooks if they name a recipient', async ({ store }) => {
    const joined = { kind: 'answer', sessionId: SESSION_ID, uid: 'bob' } as const
    await store.calls.answer('job-1', APP_ID, joined, ARRIVED_AT)
    expect(await readCall(store.calls, [APP_ID], SESSION_ID)).toBeUndefined()
    const webhook: WebhookEntry = { receivedAt: ARRIVED_AT, kind: 'answer', answer: 'queued' }
    await log(store, webhook)
    expect(await readCall(store.calls, [APP_ID], SESSION_ID)).toEqual({
      appId: APP_ID,
      sessionId: SESSION_ID,
      rings: [],
      webhooks: [webhook],
    })
  })
})
