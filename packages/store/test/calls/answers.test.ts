import type { AnswerEvent } from '@ringer/payloads'
import { expect } from 'vitest'
import { APP_ID, SESSION_ID } from '../../../payloads/test/webhooks.ts'
import { describeStore } from '../describe-store.ts'
import { addDevices, android, CALLED_AT, iphone, ringToClaim } from './claim-ring.ts'

const AT = CALLED_AT + 5_000
const toCarol = { recipient: 'carol', receiver: { uid: 'chess-club', type: 'group' as const } }

const joined = (event: Partial<AnswerEvent> = {}): AnswerEvent => ({
  kind: 'answer',
  sessionId: SESSION_ID,
  uid: 'bob',
  ...event,
})
const byApp = joined({ deviceId: 'd2' })
const byWebhook = joined({ platform: 'android' })
const bare = joined()

describeStore('an answer', storeIt => {
  const it = storeIt
    .extend(
      'answer',
      ({ store }) =>
        (job: string, event: AnswerEvent, at = AT) =>
          store.calls.answer(job, APP_ID, event, at),
    )
    .extend('claim', ({ store }) => async (ring = ringToClaim(), job = 'job-1') => {
      const { ringId } = await store.calls.claim(job, ring)
      return ringId
    })
    .extend(
      'recordOf',
      ({ store }) =>
        async (ringId: string) =>
          (await store.calls.read(APP_ID, SESSION_ID))?.rings.find(ring => ring.ringId === ringId),
    )

  it('returns the rings that it answered, with the devices of each', async ({ store, answer, claim }) => {
    const ringId = await claim()
    const devices = new Map([
      ['d1', iphone],
      ['d2', { ...android, outcome: 'accepted' as const }],
    ])
    await addDevices(store, ringId, devices)
    const [ring, ...others] = await answer('job-a', joined({ platform: 'ios' }))
    expect(others).toEqual([])
    expect(ring).toMatchObject({ ringId, state: 'answered', answeredAt: AT, answeredOn: 'ios' })
    expect(ring?.devices.map(({ deviceId, outcome }) => [deviceId, outcome]).sort()).toEqual([
      ['d1', 'queued'],
      ['d2', 'accepted'],
    ])
  })

  it('returns no ring of another recipient, session or app', async ({ store, answer, claim }) => {
    await claim()
    expect(await answer('job-a', joined({ uid: 'carol' }))).toEqual([])
    expect(await answer('job-a', joined({ sessionId: 'v1.eu.other' }))).toEqual([])
    expect(await store.calls.answer('job-a', 'another-app', joined(), AT)).toEqual([])
  })

  it('returns the rings of all recipients if it names nobody', async ({ answer, claim }) => {
    await claim()
    await claim(ringToClaim(toCarol), 'job-carol')
    const rings = await answer('job-a', joined({ uid: undefined }))
    expect(rings.map(({ recipient }) => recipient).sort()).toEqual(['bob', 'carol'])
  })

  /** Answers that arrive one after the other, each in its own job, and whether the last of them is news. */
  const sequences: [string, AnswerEvent[], boolean, string | undefined][] = [
    ['the bare fact that somebody answered', [bare], true, undefined],
    ['the platform', [byWebhook], true, 'android'],
    ['the device', [byApp], true, 'd2'],
    ['the bare fact twice', [bare, bare], false, undefined],
    ['the platform after the fact', [bare, byWebhook], true, 'android'],
    ['the device after the fact', [bare, byApp], true, 'd2'],
    ['the device after the platform', [byWebhook, byApp], true, 'd2'],
    ['the platform after the device', [byApp, byWebhook], false, 'd2'],
    ['another device after the device', [byApp, joined({ deviceId: 'd9' })], false, 'd2'],
    ['another platform after the platform', [byWebhook, joined({ platform: 'ios' })], false, 'android'],
    ['the fact after the platform', [byWebhook, bare], false, 'android'],
    ['the fact after the device', [byApp, bare], false, 'd2'],
    ['a device together with its platform', [{ ...byApp, platform: 'android' }], true, 'd2'],
  ]

  it.for(sequences)(
    'returns rings only if it brings news: %s',
    async ([_, events, isNews, answeredOn], { answer, claim, recordOf }) => {
      const ringId = await claim()
      const returned = []
      for (const [index, event] of events.entries())
        returned.push(await answer(`job-${index}`, event, AT + index))
      expect(returned.at(-1)).toHaveLength(isNews ? 1 : 0)
      const record = await recordOf(ringId)
      expect(record).toMatchObject({ state: 'answered', answeredAt: AT })
      expect(record?.answeredOn).toBe(answeredOn)
    },
  )

  it.for(sequences)(
    'returns the same rings when the same job runs again: %s',
    async ([_, events], { answer, claim }) => {
      await claim()
      let first: unknown
      for (const [index, event] of events.entries()) first = await answer(`job-${index}`, event, AT + index)
      const again = events.at(-1) ?? bare
      expect(await answer(`job-${events.length - 1}`, again, AT + events.length - 1)).toEqual(first)
    },
  )

  it('returns its rings to exactly one of 10 concurrent jobs', async ({ answer, claim }) => {
    await claim()
    const returned = await Promise.all(
      Array.from({ length: 10 }, (_, job) => answer(`job-${job}`, byWebhook)),
    )
    expect(returned.flat()).toHaveLength(1)
  })

  it('to a ring that ended returns nothing and changes nothing', async ({
    store,
    answer,
    claim,
    recordOf,
  }) => {
    const ringId = await claim()
    await store.calls.end('job-end', APP_ID, { kind: 'end', action: 'cancelled', sessionId: SESSION_ID }, AT)
    for (const [index, event] of [bare, byWebhook, byApp].entries()) {
      expect(await answer(`job-${index}`, event, AT + 1)).toEqual([])
    }
    const record = await recordOf(ringId)
    expect(record).toMatchObject({ state: 'ended', endAction: 'cancelled' })
    expect([record?.answeredAt, record?.answeredOn]).toEqual([undefined, undefined])
  })

  it('that arrived before the call ended is not reported again after the end', async ({
    store,
    answer,
    claim,
    recordOf,
  }) => {
    const ringId = await claim()
    expect(await answer('job-a', byWebhook)).toHaveLength(1)
    await store.calls.end('job-end', APP_ID, { kind: 'end', action: 'ended', sessionId: SESSION_ID }, AT + 1)
    expect(await answer('job-a', byWebhook)).toEqual([])
    expect(await recordOf(ringId)).toMatchObject({ state: 'ended', answeredAt: AT, answeredOn: 'android' })
  })

  it('counts for an expired ring, because people can join late', async ({
    store,
    answer,
    claim,
    recordOf,
  }) => {
    const ringId = await claim()
    await addDevices(store, ringId, new Map([['d1', iphone]]))
    await store.calls.beginAttempt(ringId, 'd1', CALLED_AT + 30_000)
    expect(await recordOf(ringId)).toMatchObject({ state: 'expired' })
    expect(await answer('job-a', bare, CALLED_AT + 31_000)).toHaveLength(1)
    expect(await recordOf(ringId)).toMatchObject({ state: 'answered', answeredAt: CALLED_AT + 31_000 })
  })

  // A phone that receives its ring after another device answered has to be stopped, unless it is the one that answered.
  it('is returned when the outcome of an open push is recorded, with the device that answered', async ({
    store,
    answer,
    claim,
  }) => {
    const ringId = await claim()
    await addDevices(store, ringId, new Map([['d1', android]]))
    await store.calls.beginAttempt(ringId, 'd1', AT)
    await answer('job-a', byApp)
    const settled = await store.calls.recordDevice(ringId, 'd1', { outcome: 'accepted' })
    expect(settled).toMatchObject({ state: 'answered', endAction: undefined, answeredOn: 'd2' })
  })

  it('that names no device does not set the answering device', async ({ store, answer, claim }) => {
    const ringId = await claim()
    await addDevices(store, ringId, new Map([['d1', android]]))
    await answer('job-a', bare)
    const settled = await store.calls.recordDevice(ringId, 'd1', { outcome: 'accepted' })
    expect(settled).toMatchObject({ state: 'answered', endAction: undefined, answeredOn: undefined })
  })
})
