import {
  createWebhookLog,
  readApps,
  readCall,
  readRefusedWebhooks,
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

describeStore('the log of refused webhooks', it => {
  const refused = { at: ARRIVED_AT, reason: 'wrong_password' }

  it('counts them by reason, those of all processes together', async ({ store: { redis, keys } }) => {
    const [one, other] = [createWebhookLog(redis, keys, HOUR), createWebhookLog(redis, keys, HOUR)]
    // A flood is written once a second, and counted with the next one.
    for (const later of [0, 10, 20, 2_000]) one.refused({ ...refused, at: ARRIVED_AT + later })
    other.refused({ ...refused, at: ARRIVED_AT + 3_000, detail: 'the newest' })
    other.refused({ at: ARRIVED_AT + 500, reason: 'missing' })
    await expect
      .poll(() => readRefusedWebhooks(redis, keys, ARRIVED_AT + 4_000))
      .toEqual([
        {
          at: ARRIVED_AT + 3_000,
          count: 5,
          since: ARRIVED_AT,
          reason: 'wrong_password',
          detail: 'the newest',
        },
        { at: ARRIVED_AT + 500, count: 1, since: ARRIVED_AT + 500, reason: 'missing' },
      ])
  })

  it('starts to count again after an hour without refusals', async ({ store: { redis, keys } }) => {
    const log = createWebhookLog(redis, keys, HOUR)
    log.refused(refused)
    const at = ARRIVED_AT + HOUR
    log.refused({ ...refused, at })
    await expect
      .poll(() => readRefusedWebhooks(redis, keys, at))
      .toEqual([{ at, count: 1, since: at, reason: 'wrong_password' }])
  })
})

describeStore('the apps whose webhooks were stored', it => {
  it('are listed with the last time, noted once a minute, for as long as records', async ({ store }) => {
    const { redis, keys } = store
    const log = createWebhookLog(redis, keys, HOUR)
    log.stored('app-1', ARRIVED_AT)
    log.stored('app-2', ARRIVED_AT + 1_000)
    log.stored('app-1', ARRIVED_AT + 59_000)
    await expect
      .poll(() => readApps(redis, keys))
      .toEqual([
        { appId: 'app-2', at: ARRIVED_AT + 1_000 },
        { appId: 'app-1', at: ARRIVED_AT },
      ])
    log.stored('app-1', ARRIVED_AT + HOUR + 1_000)
    await expect
      .poll(() => readApps(redis, keys))
      .toEqual([{ appId: 'app-1', at: ARRIVED_AT + HOUR + 1_000 }])
  })
})
