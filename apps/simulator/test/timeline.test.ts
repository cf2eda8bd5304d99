import type { CallRecord, RingRecord } from '@ringer/store'
import { describe, expect, it } from 'vitest'
import type { ArrivedPush } from '../src/timeline/arrived-push.ts'
import { buildTimeline, type CalledPhone } from '../src/timeline/build-timeline.ts'
import { explainRetry } from '../src/timeline/explain-retry.ts'

type Device = RingRecord['devices'][number]

const device = (fields: Partial<Device>): Device => ({
  deviceId: 'one',
  platform: 'ios',
  outcome: 'accepted',
  attempt: 1,
  ...fields,
})

const record = (devices: Device[], fields: Partial<RingRecord> = {}): CallRecord => ({
  appId: 'default',
  sessionId: 's',
  rings: [
    {
      ringId: 'r',
      sessionId: 's',
      recipient: 'bob',
      state: 'ringing',
      receivedAt: 1_002,
      dequeuedAt: 1_006,
      deadline: 31_000,
      devices,
      ...fields,
    },
  ],
})

const bobs: CalledPhone[] = [
  { id: 'iphone', uid: 'bob', owner: 'Bob Keller', platform: 'ios' },
  { id: 'android', uid: 'bob', owner: 'Bob Keller', platform: 'android' },
]
const call = {
  ...{ webhookAt: 1_000, storedAt: 1_004.5, rangAt: {}, pushes: [], phones: bobs },
  now: 2_000,
}

describe('the timeline', () => {
  it('counts every step from the moment the webhook left', () => {
    const devices = [
      device({ sentAt: 1_010, settledAt: 1_030 }),
      device({ deviceId: 'two', platform: 'android', sentAt: 1_011, settledAt: 1_050 }),
    ]
    const timeline = buildTimeline({ ...call, rangAt: { iphone: 1_020 }, record: record(devices) })
    expect(timeline).toMatchObject({ stored: 4.5, dequeued: 6 })
    expect(timeline.phones).toMatchObject([
      { phone: 'iphone', sent: 10, accepted: 30, rang: 20, attempt: 1 },
      { phone: 'android', sent: 11, accepted: 50 },
    ])
  })

  it('leaves out the steps that have not happened', () => {
    const timeline = buildTimeline({ ...call, storedAt: undefined })
    expect(timeline.stored).toBeUndefined()
    expect(timeline.phones[0]).toEqual({ phone: 'iphone', apnsIds: [], attempts: [], receipts: [] })
  })

  // The answer takes its time to arrive, and a worker may be faster.
  it('never shows a call as stored after it was dequeued', () => {
    const timeline = buildTimeline({ ...call, storedAt: 1_009, record: record([]) })
    expect(timeline).toMatchObject({ stored: 6, dequeued: 6 })
  })

  it('lists every attempt, with the provider’s answer', () => {
    const push = {
      phone: 'iphone' as const,
      apnsId: 'one',
      accepted: false,
      status: 503,
      fault: 'status' as const,
    }
    const pushes: ArrivedPush[] = [
      { ...push, at: 1_012, reason: 'ServiceUnavailable' },
      { ...push, at: 1_300, status: null, reason: null },
      { ...push, at: 4_020, status: 200, reason: null, accepted: true },
    ]
    // The one at 2,400 was sent into a frozen connection.
    const failed = [1_010, 1_299, 2_400].map((sentAt, index) => ({ attempt: index + 1, sentAt }))
    const devices = [device({ attempt: 4, sentAt: 4_019, failed })]
    const [iphone] = buildTimeline({ ...call, pushes, record: record(devices) }).phones
    expect(iphone?.attempts).toEqual([
      { at: 12, outcome: 'refused', answer: '503 ServiceUnavailable' },
      { at: 300, outcome: 'unanswered' },
      { at: 1_400, outcome: 'lost' },
      { at: 3_020, outcome: 'accepted', answer: '200' },
    ])
  })

  it('shows a push that could not leave as not sent, in the words of the record', () => {
    const reason = 'not sent: no connection (ECONNREFUSED)'
    const failed = [{ attempt: 0, failedAt: 1_050, reason }]
    const waiting = device({ outcome: 'retryable', attempt: 0, reason, failed })
    const [iphone] = buildTimeline({ ...call, record: record([waiting]) }).phones
    expect(iphone).toMatchObject({ attempts: [{ outcome: 'unsent', answer: reason }] })
    expect(iphone?.sent).toBeUndefined()
  })

  it('does not show a refused push as accepted', () => {
    const refused = device({ outcome: 'unregistered', settledAt: 1_030, status: 410, reason: 'Unregistered' })
    const [iphone] = buildTimeline({ ...call, record: record([refused]) }).phones
    expect(iphone?.accepted).toBeUndefined()
    expect(iphone).toMatchObject({ verdict: { code: 'token-dead' }, answer: '410 Unregistered' })
  })

  it('shows the phone on the page, not another phone of Bob’s', () => {
    const devices = [
      device({ deviceId: 'other', settledAt: 1_030 }),
      device({ deviceId: 'mine', outcome: 'skipped', reason: 'off' }),
    ]
    const phones = bobs.map(phone => (phone.id === 'iphone' ? { ...phone, deviceId: 'mine' } : phone))
    const timeline = buildTimeline({ ...call, phones, record: record(devices) })
    expect(timeline.phones[0]).toMatchObject({ verdict: { code: 'ended-first' }, answer: 'off' })
  })

  it('says when the phone was not registered', () => {
    const timeline = buildTimeline({ ...call, record: record([device({})]) })
    expect(timeline.phones[1]?.verdict?.code).toBe('no-device')
  })

  it('starts when the webhook arrived, if the call was placed elsewhere', () => {
    const elsewhere = {
      ...call,
      webhookAt: undefined,
      storedAt: undefined,
      record: record([device({ sentAt: 1_010 })]),
    }
    expect(buildTimeline(elsewhere)).toMatchObject({ stored: 0, dequeued: 4, phones: [{ sent: 8 }, {}] })
  })
})

describe('the reason why a device needed more than one attempt', () => {
  const refused: ArrivedPush = {
    ...{ phone: 'iphone', at: 0, apnsId: 'one', accepted: false, fault: 'status' },
    ...{ status: 429, reason: 'TooManyRequests' },
  }

  it.each<[string, Partial<Device>, string | undefined]>([
    ['is missing after a single attempt', { attempt: 1 }, undefined],
    ['has the provider’s status', { attempt: 2, reason: 'TooManyRequests' }, '429 TooManyRequests'],
    ['can be a broken connection', { attempt: 3, reason: 'connection lost' }, 'connection lost'],
    ['is the worker’s death if none is recorded', { attempt: 2 }, 'its worker died before it got an answer'],
    [
      'is missing before the next attempt starts',
      { attempt: 2, outcome: 'retryable', reason: 'TooManyRequests' },
      undefined,
    ],
  ])('%s', (_, fields, words) => {
    expect(explainRetry(device(fields), [refused])).toBe(words)
  })
})
