import { deviceIdOf, type RingRecord } from '@ringer/store'
import { describe, expect, it } from 'vitest'
import { checkHistory } from './campaign/check/check-history.ts'
import type { ViolationKind } from './campaign/check/violation.ts'
import type { History, SeenPush, SentRegistration, SentWebhook } from './campaign/history.ts'

/** A campaign in which Alice called Bob once, at 100 s, and all was well: what each test then changes. */
const START = 1_700_000_000_000
const CALLED = START + 100_000
const DEADLINE = CALLED + 30_000
const SESSION = 'v1.eu.9f86d081884c7d65'
const iphone = { name: "Bob's iPhone", token: 'a1'.repeat(32), provider: 'apns' as const }
const android = { name: "Bob's Android phone", token: 'fcm:bob', provider: 'fcm' as const }

const webhook = (changes: Partial<SentWebhook> = {}): SentWebhook => ({
  kind: 'ring',
  sessionId: SESSION,
  recipient: 'bob',
  dialect: 'initiator',
  ingress: 0,
  sentAt: CALLED,
  answeredAt: CALLED + 20,
  status: 200,
  answer: 'queued',
  ...changes,
})
const cancel = (at: number, changes: Partial<SentWebhook> = {}) =>
  webhook({
    kind: 'end',
    action: 'cancelled',
    recipient: undefined,
    sentAt: at,
    answeredAt: at + 10,
    ...changes,
  })

const push = (changes: Partial<SeenPush> = {}): SeenPush => ({
  provider: 'apns',
  at: CALLED + 100,
  token: iphone.token,
  sessionId: SESSION,
  rings: true,
  pushType: 'voip',
  apnsId: 'apns-id-1',
  uuid: 'uuid-1',
  callUuid: 'uuid-1',
  expiresAt: DEADLINE,
  status: 200,
  reason: null,
  accepted: true,
  fault: null,
  ...changes,
})
const toAndroid = (changes: Partial<SeenPush> = {}) =>
  push({ provider: 'fcm', token: android.token, pushType: undefined, apnsId: undefined, ...changes })
/** What tells the Android phone of the end. */
const stop = toAndroid({ at: CALLED + 5_100, rings: false, expiresAt: undefined })

const registration = (changes: Partial<SentRegistration> = {}): SentRegistration => ({
  kind: 'register',
  uid: 'bob',
  token: iphone.token,
  sentAt: START,
  answeredAt: START + 10,
  status: 200,
  answer: 'registered',
  ...changes,
})

const device = (token: string, outcome: RingRecord['devices'][number]['outcome'] = 'accepted') => ({
  deviceId: deviceIdOf('default', token),
  platform: token === iphone.token ? ('ios' as const) : ('android' as const),
  outcome,
  attempt: 1,
})
const record = (changes: Partial<RingRecord> = {}): RingRecord => ({
  ringId: 'ring-1',
  sessionId: SESSION,
  recipient: 'bob',
  state: 'ringing',
  receivedAt: CALLED + 10,
  dequeuedAt: CALLED + 15,
  deadline: DEADLINE + 10,
  devices: [device(iphone.token), device(android.token)],
  ...changes,
})

const history = (changes: Partial<History> = {}): History => ({
  startedAt: START,
  endedAt: START + 200_000,
  workers: 2,
  ringMs: 30_000,
  phones: [iphone, android],
  webhooks: [webhook()],
  registrations: [registration(), registration({ token: android.token })],
  pushes: [push(), toAndroid()],
  troubles: [],
  notices: [],
  records: [record()],
  owners: new Map([
    [iphone.token, 'bob'],
    [android.token, 'bob'],
  ]),
  crashes: [],
  ...changes,
})

const kindsOf = (changes: Partial<History>): ViolationKind[] => [
  ...new Set(checkHistory(history(changes)).violations.map(({ kind }) => kind)),
]

describe('the checker of the fault campaign', () => {
  it('finds nothing in a history in which every promise was kept', () => {
    const verdict = checkHistory(history())
    expect(verdict.violations).toEqual([])
    expect(verdict.owed).toBe(2)
  })
})

describe('lost', () => {
  const expired = [device(iphone.token, 'expired'), device(android.token)]
  const onlyAndroid = { pushes: [toAndroid()], records: [record({ devices: expired })] }

  it('is a phone that no accepted push reached', () => {
    expect(kindsOf(onlyAndroid)).toEqual(['lost'])
    const refused = push({ status: 503, reason: 'ServiceUnavailable', accepted: false, fault: 'status' })
    expect(kindsOf({ ...onlyAndroid, pushes: [toAndroid(), refused] })).toEqual(['lost'])
  })

  it.each<[string, Partial<History>]>([
    ['was never answered 200', { webhooks: [webhook({ status: 503 })] }],
    [
      'was cancelled too soon',
      { webhooks: [webhook(), cancel(CALLED + 5_000)], pushes: [toAndroid(), stop] },
    ],
    ['was answered too soon', { webhooks: [webhook(), webhook({ kind: 'answer', sentAt: CALLED + 5_000 })] }],
  ])('is none whose call %s', (_, changes) => {
    expect(kindsOf({ ...onlyAndroid, ...changes })).toEqual([])
  })

  it.each<[string, Partial<SentRegistration>]>([
    ['was unregistered meanwhile', { kind: 'unregister', sentAt: CALLED + 50, answeredAt: CALLED + 60 }],
    ['moved to somebody else', { uid: 'carol', sentAt: CALLED + 50, answeredAt: CALLED + 60 }],
  ])('is no phone that %s', (_, changes) => {
    const registrations = [registration(), registration({ token: android.token }), registration(changes)]
    const uid = changes.uid ?? 'nobody'
    const owners = new Map([
      [android.token, 'bob'],
      [iphone.token, uid],
    ])
    expect(kindsOf({ ...onlyAndroid, registrations, owners })).toEqual([])
  })

  it('is no phone that its provider refused for good', () => {
    const refused = push({ status: 410, reason: 'Unregistered', accepted: false, fault: 'status' })
    expect(kindsOf({ ...onlyAndroid, pushes: [refused, toAndroid()] })).toEqual([])
  })

  const trouble = (
    subject: 'redis' | 'apns' | 'fcm' | 'worker-0' | 'worker-1',
    from: number,
    to: number,
  ) => ({
    subject,
    kind: 'trouble',
    from: CALLED + from,
    to: CALLED + to,
  })
  it.each([
    ['Redis', [trouble('redis', 5_000, 20_000), trouble('redis', 25_000, 26_000)]],
    ['its provider', [trouble('apns', 5_000, 20_000), trouble('apns', 25_000, 26_000)]],
    ['every worker', [trouble('worker-0', 0, 40_000), trouble('worker-1', 4_000, 27_000)]],
  ])('is none while %s was not well for 8 s on end', (_, troubles) => {
    expect(kindsOf({ ...onlyAndroid, troubles })).toEqual([])
  })

  it.each([
    ['the other provider', [trouble('fcm', 0, 40_000)]],
    ['one worker', [trouble('worker-0', 0, 40_000)]],
    ['Redis, for some of the time', [trouble('redis', 0, 10_000)]],
  ])('is one all the same while only %s was away', (_, troubles) => {
    expect(kindsOf({ ...onlyAndroid, troubles })).toEqual(['lost'])
  })
})

describe('doubled', () => {
  const again = push({ at: CALLED + 4_000 })
  const both = [push(), again, toAndroid()]

  it('is a phone that was rung twice', () => {
    expect(kindsOf({ pushes: both })).toEqual(['doubled'])
  })

  it.each<[string, Partial<History>]>([
    ['was never answered', { pushes: [push({ fault: 'acceptThenHang', status: null }), again, toAndroid()] }],
    [
      "'s worker was killed",
      {
        pushes: both,
        troubles: [{ subject: 'worker-0', kind: 'kill-worker', from: CALLED + 150, to: CALLED + 3_000 }],
      },
    ],
    [
      "'s worker was frozen",
      {
        pushes: both,
        troubles: [{ subject: 'worker-0', kind: 'freeze-worker', from: CALLED + 50, to: CALLED + 9_000 }],
      },
    ],
    [
      "'s worker was frozen while the answer did not end",
      {
        pushes: [push({ fault: 'endlessBody' }), again, toAndroid()],
        troubles: [{ subject: 'worker-0', kind: 'freeze-worker', from: CALLED + 2_000, to: CALLED + 9_000 }],
      },
    ],
    [
      "'s record had no Redis for longer than a lock",
      {
        pushes: both,
        troubles: [{ subject: 'redis', kind: 'kill-redis', from: CALLED + 150, to: CALLED + 3_500 }],
      },
    ],
    [
      "'s connection was frozen",
      {
        pushes: both,
        troubles: [{ subject: 'apns', kind: 'freeze-provider', from: CALLED + 110, to: CALLED + 3_500 }],
      },
    ],
  ])('is possible, and counted apart, where the first push %s', (_, changes) => {
    const verdict = checkHistory(history(changes))
    expect(verdict.violations).toEqual([])
    expect(verdict.possiblyTwice).toHaveLength(1)
  })

  it.each([
    ['a worker that ended in order', { subject: 'worker-0', kind: 'terminate-worker', from: 150, to: 3_000 }],
    ['a short absence of Redis', { subject: 'redis', kind: 'kill-redis', from: 150, to: 1_000 }],
    [
      'a worker that was killed long before',
      { subject: 'worker-0', kind: 'kill-worker', from: -9_000, to: -3_000 },
    ],
  ] as const)('is not excused by %s', (_, { from, to, ...trouble }) => {
    const troubles = [{ ...trouble, from: CALLED + from, to: CALLED + to }]
    expect(kindsOf({ pushes: both, troubles })).toEqual(['doubled'])
  })

  it.each([{ apnsId: 'apns-id-2' }, { uuid: 'uuid-2' }, { callUuid: 'uuid-2' }])(
    'is also an attempt that goes by another id: %o',
    changes => {
      const failed = push({ status: 500, reason: 'InternalServerError', accepted: false, fault: 'status' })
      const pushes = [failed, push({ at: CALLED + 400, ...changes }), toAndroid()]
      expect(kindsOf({ pushes })).toEqual(['doubled'])
    },
  )
})

describe('late', () => {
  const lateAt = DEADLINE + 2_000

  it('is a push that left after the deadline', () => {
    expect(kindsOf({ pushes: [push({ at: lateAt }), toAndroid()] })).toEqual(['late'])
  })

  it('is none where the wire held the push up', () => {
    const troubles = [
      { subject: 'apns' as const, kind: 'freeze-provider', from: DEADLINE - 2_000, to: lateAt - 10 },
    ]
    expect(kindsOf({ pushes: [push({ at: lateAt }), toAndroid()], troubles })).toEqual([])
  })

  it('is a push that its provider may deliver after the deadline', () => {
    expect(kindsOf({ pushes: [push({ expiresAt: DEADLINE + 1_000 }), toAndroid()] })).toEqual(['late'])
    expect(kindsOf({ pushes: [push({ expiresAt: undefined }), toAndroid()] })).toEqual(['late'])
    expect(kindsOf({ pushes: [push(), toAndroid({ expiresAt: DEADLINE + 2_000 })] })).toEqual(['late'])
  })

  it('is a deadline on record that the webhook does not allow', () => {
    expect(kindsOf({ records: [record({ deadline: DEADLINE + 10_000 })] })).toEqual(['late'])
    const told = [webhook({ eventAt: CALLED - 5_000 })]
    const pushes = [push({ expiresAt: DEADLINE - 5_000 }), toAndroid({ expiresAt: DEADLINE - 5_000 })]
    expect(kindsOf({ webhooks: told, pushes })).toEqual(['late'])
  })
})

describe('after the end', () => {
  const webhooks = [webhook(), cancel(CALLED + 1_000)]
  const pushes = [push({ at: CALLED + 4_000 }), toAndroid(), stop]

  it('is a ring that left although the call had been cancelled, or answered', () => {
    expect(kindsOf({ webhooks, pushes })).toEqual(['after the end'])
    const answered = [
      webhook(),
      webhook({ kind: 'answer', sentAt: CALLED + 1_000, answeredAt: CALLED + 1_010 }),
    ]
    expect(kindsOf({ webhooks: answered, pushes })).toEqual(['after the end'])
  })

  it('is none where the caller joined, the end was not stored, or it was only just told', () => {
    const joined = webhook({ kind: 'answer', recipient: 'alice', sentAt: CALLED + 1_000 })
    expect(kindsOf({ webhooks: [webhook(), joined], pushes })).toEqual([])
    expect(kindsOf({ webhooks: [webhook(), cancel(CALLED + 1_000, { status: 503 })], pushes })).toEqual([])
    expect(kindsOf({ webhooks: [webhook(), cancel(CALLED + 3_000)], pushes })).toEqual([])
  })

  it('is none while whoever had to know of the end was away', () => {
    const away = { from: CALLED + 1_005, to: CALLED + 3_900 }
    expect(
      kindsOf({ webhooks, pushes, troubles: [{ subject: 'redis', kind: 'kill-redis', ...away }] }),
    ).toEqual([])
    const dead = [{ subject: 'worker-0' as const, kind: 'kill-worker', ...away }]
    expect(kindsOf({ webhooks, pushes, troubles: dead })).toEqual([])
    const later = [push({ at: CALLED + 12_000 }), toAndroid(), stop]
    expect(kindsOf({ webhooks, pushes: later, troubles: dead })).toEqual(['after the end'])
  })
})

describe('untold', () => {
  const webhooks = [webhook(), cancel(CALLED + 5_000)]

  it('is an Android phone that was rung and not told of the end', () => {
    expect(kindsOf({ webhooks })).toEqual(['untold'])
    const refused = { ...stop, status: 503, accepted: false, fault: 'status' as const }
    expect(kindsOf({ webhooks, pushes: [push(), toAndroid(), refused] })).toEqual(['untold'])
  })

  it('is none that was told, never rung, or whose call was answered', () => {
    const notAndroid = [device(iphone.token), device(android.token, 'expired')]
    expect(kindsOf({ webhooks, pushes: [push(), toAndroid(), stop] })).toEqual([])
    expect(kindsOf({ webhooks, pushes: [push()], records: [record({ devices: notAndroid })] })).toEqual([])
    expect(kindsOf({ webhooks: [webhook(), webhook({ kind: 'answer', sentAt: CALLED + 5_000 })] })).toEqual(
      [],
    )
  })
})

describe('wrong', () => {
  it('is a ring on the phone of somebody else, or of nobody', () => {
    for (const changes of [{ uid: 'carol' }, { kind: 'unregister' as const }]) {
      const moved = registration({ sentAt: START + 50_000, answeredAt: START + 50_010, ...changes })
      const registrations = [registration(), registration({ token: android.token }), moved]
      const owners = new Map([
        [android.token, 'bob'],
        ...(changes.uid ? [[iphone.token, 'carol'] as const] : []),
      ])
      expect(kindsOf({ registrations, owners })).toEqual(['wrong'])
    }
  })

  it('is none while the phone is changing hands, or may not have', () => {
    const moving = registration({ uid: 'carol', sentAt: CALLED - 200, answeredAt: CALLED - 100 })
    const owners = new Map([
      [android.token, 'bob'],
      [iphone.token, 'carol'],
    ])
    const registrations = [registration(), registration({ token: android.token }), moving]
    expect(kindsOf({ registrations, owners })).toEqual([])
    const refused = registration({
      uid: 'carol',
      sentAt: START + 50_000,
      answeredAt: START + 50_500,
      status: 503,
    })
    expect(
      kindsOf({ registrations: [registration(), registration({ token: android.token }), refused] }),
    ).toEqual([])
  })

  it('is a VoIP push that is no ring, and what nobody asked for', () => {
    expect(kindsOf({ pushes: [push(), toAndroid(), push({ rings: false, at: CALLED + 9_000 })] })).toEqual([
      'wrong',
    ])
    expect(kindsOf({ pushes: [push(), toAndroid(), push({ pushType: 'alert', accepted: false })] })).toEqual([
      'wrong',
    ])
    expect(kindsOf({ pushes: [push(), toAndroid(), push({ sessionId: 'v1.eu.nobodys' })] })).toEqual([
      'wrong',
    ])
    expect(
      kindsOf({ pushes: [push(), toAndroid(), push({ status: 400, reason: 'BadTopic', accepted: false })] }),
    ).toEqual(['wrong'])
  })
})

describe('wrongly purged', () => {
  const owners = new Map([[android.token, 'bob']])
  const dead = push({
    at: CALLED + 90_000,
    status: 410,
    reason: 'Unregistered',
    accepted: false,
    fault: 'status',
  })
  const pushes = [push(), toAndroid(), dead]

  it('is a token that is gone although nobody called it dead', () => {
    expect(kindsOf({ owners })).toEqual(['wrongly purged'])
    const bad = push({
      status: 400,
      reason: 'BadDeviceToken',
      accepted: false,
      fault: 'status',
      at: CALLED + 300,
    })
    expect(kindsOf({ owners, pushes: [push(), toAndroid(), bad] })).toEqual(['wrongly purged'])
  })

  it('is a token that a ring does not know of, though it is there at the end', () => {
    const records = [record({ devices: [device(android.token)] })]
    expect(kindsOf({ records })).toEqual(['wrongly purged'])
    const late = registration({ sentAt: CALLED + 50, answeredAt: CALLED + 60 })
    const registrations = [late, registration({ token: android.token })]
    expect(kindsOf({ records, pushes: [toAndroid()], registrations })).toEqual([])
  })

  it('is a token that was registered again since it was called dead', () => {
    const notices = [{ token: iphone.token, at: CALLED + 80_000, since: START - 3_600_000 }]
    expect(kindsOf({ owners, pushes, notices })).toContain('wrongly purged')
  })

  it('is none that was called dead', () => {
    const notices = [{ token: iphone.token, at: CALLED + 80_000, since: CALLED + 80_000 }]
    expect(kindsOf({ owners, pushes, notices })).not.toContain('wrongly purged')
  })
})

describe('unrecorded', () => {
  it('is a call that was answered 200 and is not on record', () => {
    expect(kindsOf({ records: [] })).toEqual(['unrecorded'])
    expect(kindsOf({ records: [], pushes: [], webhooks: [webhook({ status: 503 })] })).toEqual([])
  })

  it('is a record that says of a phone what is not so', () => {
    const pushes = [toAndroid(), push({ status: 400, accepted: false, fault: 'status' })]
    expect(kindsOf({ pushes })).toEqual(['unrecorded'])
    const open = record({ devices: [device(iphone.token), device(android.token, 'sending')] })
    expect(kindsOf({ records: [open] })).toEqual(['unrecorded'])
  })
})

it('names a process that ended by itself', () => {
  expect(kindsOf({ crashes: ['worker-1 ended by itself: 1'] })).toEqual(['crashed'])
})
