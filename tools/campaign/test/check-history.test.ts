import { describe, expect, it } from 'vitest'
import { checkHistory } from '../check/check-history.ts'
import type { History, SentRegistration } from '../history.ts'
import {
  android,
  CALLED,
  cancel,
  DEADLINE,
  device,
  history,
  iphone,
  kindsOf,
  push,
  record,
  registration,
  START,
  stop,
  toAndroid,
  webhook,
} from './bobs-history.ts'

describe('the checker of the fault campaign', () => {
  it('finds no violation in a history in which every promise was kept', () => {
    const verdict = checkHistory(history())
    expect(verdict.violations).toEqual([])
    expect(verdict.owed).toBe(2)
  })
})

describe('a lost ring', () => {
  const expired = [device(iphone.token, 'expired'), device(android.token)]
  const onlyAndroid = { pushes: [toAndroid()], records: [record({ devices: expired })] }

  it('is reported for a phone that no accepted push reached', () => {
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
  ])('is not reported for a call that %s', (_, changes) => {
    expect(kindsOf({ ...onlyAndroid, ...changes })).toEqual([])
  })

  it.each<[string, Partial<SentRegistration>]>([
    ['was unregistered in that time', { kind: 'unregister', sentAt: CALLED + 50, answeredAt: CALLED + 60 }],
    ['moved to another user', { uid: 'carol', sentAt: CALLED + 50, answeredAt: CALLED + 60 }],
  ])('is not reported for a phone that %s', (_, changes) => {
    const registrations = [registration(), registration({ token: android.token }), registration(changes)]
    const uid = changes.uid ?? 'nobody'
    const owners = new Map([
      [android.token, 'bob'],
      [iphone.token, uid],
    ])
    expect(kindsOf({ ...onlyAndroid, registrations, owners })).toEqual([])
  })

  it('is not reported for a phone that its provider refused for good', () => {
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
  ])('is not reported if %s was never healthy for 8 s without a break', (_, troubles) => {
    expect(kindsOf({ ...onlyAndroid, troubles })).toEqual([])
  })

  it.each([
    ['the other provider', [trouble('fcm', 0, 40_000)]],
    ['one worker', [trouble('worker-0', 0, 40_000)]],
    ['Redis, for a part of the time,', [trouble('redis', 0, 10_000)]],
  ])('is reported although %s was down', (_, troubles) => {
    expect(kindsOf({ ...onlyAndroid, troubles })).toEqual(['lost'])
  })
})

describe('a doubled ring', () => {
  const again = push({ at: CALLED + 4_000 })
  const both = [push(), again, toAndroid()]

  it('is reported for a phone that was rung twice', () => {
    expect(kindsOf({ pushes: both })).toEqual(['doubled'])
  })

  it.each<[string, Partial<History>]>([
    [
      'the first push was never answered',
      {
        pushes: [push({ fault: 'acceptThenHang', status: null, answeredAt: undefined }), again, toAndroid()],
      },
    ],
    [
      "the first push's worker was killed",
      {
        pushes: both,
        troubles: [{ subject: 'worker-0', kind: 'kill-worker', from: CALLED + 150, to: CALLED + 3_000 }],
      },
    ],
    [
      "the first push's worker was frozen",
      {
        pushes: both,
        troubles: [{ subject: 'worker-0', kind: 'freeze-worker', from: CALLED + 50, to: CALLED + 9_000 }],
      },
    ],
    [
      "the first push's worker was frozen while the answer did not end",
      {
        pushes: [push({ fault: 'endlessBody' }), again, toAndroid()],
        troubles: [{ subject: 'worker-0', kind: 'freeze-worker', from: CALLED + 2_000, to: CALLED + 9_000 }],
      },
    ],
    [
      'Redis was down for longer than a lock after the first push',
      {
        pushes: both,
        troubles: [{ subject: 'redis', kind: 'kill-redis', from: CALLED + 150, to: CALLED + 3_500 }],
      },
    ],
    [
      "the first push's connection was frozen",
      {
        pushes: both,
        troubles: [{ subject: 'apns', kind: 'freeze-provider', from: CALLED + 110, to: CALLED + 3_500 }],
      },
    ],
  ])('is counted as possibly twice when %s', (_, changes) => {
    const verdict = checkHistory(history(changes))
    expect(verdict.violations).toEqual([])
    expect(verdict.possiblyTwice).toHaveLength(1)
  })

  it('is counted as possibly twice if the first push was unanswered for 1 s', () => {
    const slow = push({ fault: 'delayMs', answeredAt: CALLED + 3_100 })
    const pushes = [slow, push({ at: slow.at + 1_050 }), toAndroid()]
    expect(checkHistory(history({ pushes }))).toMatchObject({ violations: [], possiblyTwice: [{}] })
    const early = [slow, push({ at: slow.at + 400 }), toAndroid()]
    expect(kindsOf({ pushes: early })).toEqual(['doubled'])
    const late = [slow, push({ at: slow.at + 6_000 }), toAndroid()]
    expect(kindsOf({ pushes: late })).toEqual(['doubled'])
  })

  it.each([
    [
      'a worker that ended gracefully',
      { subject: 'worker-0', kind: 'terminate-worker', from: 150, to: 3_000 },
    ],
    ['a short outage of Redis', { subject: 'redis', kind: 'kill-redis', from: 150, to: 1_000 }],
    [
      'a worker that was killed long before',
      { subject: 'worker-0', kind: 'kill-worker', from: -9_000, to: -3_000 },
    ],
  ] as const)('is not excused by %s', (_, { from, to, ...trouble }) => {
    const troubles = [{ ...trouble, from: CALLED + from, to: CALLED + to }]
    expect(kindsOf({ pushes: both, troubles })).toEqual(['doubled'])
  })

  it('is not excused by an answer of 200 whose body did not end', () => {
    const pushes = [push(), toAndroid({ fault: 'endlessBody' }), toAndroid({ at: CALLED + 4_000 })]
    expect(kindsOf({ pushes })).toEqual(['doubled'])
  })

  it.each([{ apnsId: 'apns-id-2' }, { uuid: 'uuid-2' }, { callUuid: 'uuid-2' }])(
    'is reported for an attempt with another id: %o',
    changes => {
      const failed = push({ status: 500, reason: 'InternalServerError', accepted: false, fault: 'status' })
      const pushes = [failed, push({ at: CALLED + 400, ...changes }), toAndroid()]
      expect(kindsOf({ pushes })).toEqual(['doubled'])
    },
  )
})

describe('a late ring', () => {
  const lateAt = DEADLINE + 2_000

  it('is reported for a push that was sent after the deadline', () => {
    expect(kindsOf({ pushes: [push({ at: lateAt }), toAndroid()] })).toEqual(['late'])
  })

  it('is not reported if the network delayed the push', () => {
    const troubles = [
      { subject: 'apns' as const, kind: 'freeze-provider', from: DEADLINE - 2_000, to: lateAt - 10 },
    ]
    expect(kindsOf({ pushes: [push({ at: lateAt }), toAndroid()], troubles })).toEqual([])
  })

  it('is reported for a push that its provider may deliver after the deadline', () => {
    expect(kindsOf({ pushes: [push({ expiresAt: DEADLINE + 1_000 }), toAndroid()] })).toEqual(['late'])
    expect(kindsOf({ pushes: [push({ expiresAt: undefined }), toAndroid()] })).toEqual(['late'])
    expect(kindsOf({ pushes: [push(), toAndroid({ expiresAt: DEADLINE + 2_000 })] })).toEqual(['late'])
  })

  it('is reported for a recorded deadline that the webhook does not allow', () => {
    expect(kindsOf({ records: [record({ deadline: DEADLINE + 10_000 })] })).toEqual(['late'])
    const webhooks = [webhook({ eventAt: CALLED - 5_000 })]
    const pushes = [push({ expiresAt: DEADLINE - 5_000 }), toAndroid({ expiresAt: DEADLINE - 5_000 })]
    expect(kindsOf({ webhooks, pushes })).toEqual(['late'])
  })
})

describe('a ring after the end', () => {
  const webhooks = [webhook(), cancel(CALLED + 1_000)]
  const pushes = [push({ at: CALLED + 4_000 }), toAndroid(), stop]

  it('is reported if the call had been cancelled or answered', () => {
    expect(kindsOf({ webhooks, pushes })).toEqual(['after the end'])
    const answered = [
      webhook(),
      webhook({ kind: 'answer', sentAt: CALLED + 1_000, answeredAt: CALLED + 1_010 }),
    ]
    expect(kindsOf({ webhooks: answered, pushes })).toEqual(['after the end'])
  })

  it('is not reported if only the caller joined, or if the end was not stored or just received', () => {
    const joined = webhook({ kind: 'answer', recipient: 'alice', sentAt: CALLED + 1_000 })
    expect(kindsOf({ webhooks: [webhook(), joined], pushes })).toEqual([])
    expect(kindsOf({ webhooks: [webhook(), cancel(CALLED + 1_000, { status: 503 })], pushes })).toEqual([])
    expect(kindsOf({ webhooks: [webhook(), cancel(CALLED + 3_000)], pushes })).toEqual([])
  })

  it('is not reported if Redis or the worker was down since the end', () => {
    const outage = { from: CALLED + 1_005, to: CALLED + 3_900 }
    expect(
      kindsOf({ webhooks, pushes, troubles: [{ subject: 'redis', kind: 'kill-redis', ...outage }] }),
    ).toEqual([])
    const dead = [{ subject: 'worker-0' as const, kind: 'kill-worker', ...outage }]
    expect(kindsOf({ webhooks, pushes, troubles: dead })).toEqual([])
    const later = [push({ at: CALLED + 12_000 }), toAndroid(), stop]
    expect(kindsOf({ webhooks, pushes: later, troubles: dead })).toEqual(['after the end'])
  })
})

describe('a phone that was not stopped', () => {
  const webhooks = [webhook(), cancel(CALLED + 5_000)]

  it('is reported if it is an Android phone that was rung and got no stop', () => {
    expect(kindsOf({ webhooks })).toEqual(['not stopped'])
    const refused = { ...stop, status: 503, accepted: false, fault: 'status' as const }
    expect(kindsOf({ webhooks, pushes: [push(), toAndroid(), refused] })).toEqual(['not stopped'])
  })

  it('is not reported if it got a stop or never rang, or if the call was answered', () => {
    const notAndroid = [device(iphone.token), device(android.token, 'expired')]
    expect(kindsOf({ webhooks, pushes: [push(), toAndroid(), stop] })).toEqual([])
    expect(kindsOf({ webhooks, pushes: [push()], records: [record({ devices: notAndroid })] })).toEqual([])
    expect(kindsOf({ webhooks: [webhook(), webhook({ kind: 'answer', sentAt: CALLED + 5_000 })] })).toEqual(
      [],
    )
  })
})

describe('a wrong push', () => {
  it('is reported for a ring on a phone of another user, or of nobody', () => {
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

  it('is not reported while the phone changes its user, or if it may not have changed', () => {
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

  it('is reported for a VoIP push that is no ring, an alert, an unknown session and a refusal', () => {
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

describe('a wrongly purged token', () => {
  const owners = new Map([[android.token, 'bob']])
  const dead = push({
    at: CALLED + 90_000,
    status: 410,
    reason: 'Unregistered',
    accepted: false,
    fault: 'status',
  })
  const pushes = [push(), toAndroid(), dead]

  it('is reported if it is gone and no provider reported it dead', () => {
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

  it('is reported if a ring left it out, even if it is registered at the end', () => {
    const records = [record({ devices: [device(android.token)] })]
    expect(kindsOf({ records })).toEqual(['wrongly purged'])
    const late = registration({ sentAt: CALLED + 50, answeredAt: CALLED + 60 })
    const registrations = [late, registration({ token: android.token })]
    expect(kindsOf({ records, pushes: [toAndroid()], registrations })).toEqual([])
  })

  it('is reported if it was registered after the time from which it was reported dead', () => {
    const notices = [{ token: iphone.token, at: CALLED + 80_000, since: START - 3_600_000 }]
    expect(kindsOf({ owners, pushes, notices })).toContain('wrongly purged')
  })

  it('is not reported if its provider reported it dead', () => {
    const notices = [{ token: iphone.token, at: CALLED + 80_000, since: CALLED + 80_000 }]
    expect(kindsOf({ owners, pushes, notices })).not.toContain('wrongly purged')
  })
})

describe('a missing or wrong record', () => {
  it('is reported for a call that was answered 200 and has no record', () => {
    expect(kindsOf({ records: [] })).toEqual(['unrecorded'])
    expect(kindsOf({ records: [], pushes: [], webhooks: [webhook({ status: 503 })] })).toEqual([])
  })

  it('is reported for a record that is wrong about a phone', () => {
    const pushes = [toAndroid(), push({ status: 400, accepted: false, fault: 'status' })]
    expect(kindsOf({ pushes })).toEqual(['unrecorded'])
    const open = record({ devices: [device(iphone.token), device(android.token, 'sending')] })
    expect(kindsOf({ records: [open] })).toEqual(['unrecorded'])
  })
})

it('reports a process that ended unexpectedly', () => {
  expect(kindsOf({ crashes: ['worker-1 ended unexpectedly: 1'] })).toEqual(['crashed'])
})
