import {
  describeCall,
  diagnoseCall,
  diagnosePhone,
  type KnownCall,
  printCall,
  stateAt,
  verdictOf,
} from '@ringer/diagnosis'
import { explainConnectionError } from '@ringer/service'
import type { DeviceRecord, RingRecord, WaitingCall } from '@ringer/store'
import { describe, expect, it } from 'vitest'

const AT = 1_781_024_530_000

const device = (fields: Partial<DeviceRecord> = {}): RingRecord['devices'][number] => ({
  deviceId: 'd1',
  platform: 'ios',
  outcome: 'accepted',
  attempt: 1,
  ...fields,
})

const ring = (fields: Partial<RingRecord> = {}): RingRecord => ({
  ringId: 'ring-1',
  sessionId: 'session-1',
  recipient: 'bob',
  state: 'ringing',
  receivedAt: AT,
  dequeuedAt: AT + 10,
  deadline: AT + 30_000,
  devices: [device()],
  ...fields,
})

const waiting: WaitingCall = {
  appId: 'app-1',
  sessionId: 'session-1',
  kind: 'ring',
  state: 'waiting',
  receivedAt: AT,
  deadline: AT + 30_000,
}

const worker = { queues: ['calls', 'pushes-apns'] }
const known = (rings: RingRecord[], more: Partial<KnownCall> = {}): KnownCall => ({
  call: { appId: 'app-1', sessionId: 'session-1', rings },
  workers: [worker],
  ...more,
})

describe('a phone', () => {
  it.each([
    ['accepted', {}, 'accepted'],
    ['accepted', { receipts: { shown: { at: AT } } }, 'shown'],
    ['accepted', { receipts: { suppressed: { at: AT } } }, 'suppressed'],
    ['accepted', { receipts: { late: { at: AT } } }, 'late-on-phone'],
    ['accepted', { receipts: { duplicate: { at: AT } } }, 'accepted'],
    ['accepted', { receipts: { suppressed: { at: AT }, shown: { at: AT + 1 } } }, 'shown'],
    // The receipt came before the outcome, or the outcome was never known.
    ['sending', { receipts: { shown: { at: AT } } }, 'shown'],
    ['expired', { receipts: { shown: { at: AT } } }, 'shown'],
    ['unregistered', {}, 'token-dead'],
    ['rejected', { why: 'wrong-topic' }, 'wrong-topic'],
    ['rejected', {}, 'provider-refused'],
    ['skipped', { why: 'device-retired' }, 'device-retired'],
    ['expired', {}, 'expired-provider-down'],
    ['expired', { why: 'provider-credentials' }, 'provider-credentials'],
    ['queued', {}, 'waiting-for-provider'],
    ['sending', {}, 'in-flight'],
    ['retryable', {}, 'retrying'],
  ] as const)('whose outcome is %s %o is diagnosed as %s', (outcome, more, code) => {
    expect(diagnosePhone(device({ outcome, ...more }), ring(), AT + 1_000)).toMatchObject({ code })
  })

  it.each([
    ['retryable', 'retrying', 0],
    ['expired', 'expired-provider-down', 0],
    ['retryable', 'expired-provider-down', 60_000],
  ] as const)(
    'whose push could not leave (%s) is diagnosed in the words of the doctor',
    (outcome, code, later) => {
      const url = 'https://api.push.apple.com'
      const cause = { kind: 'connection', code: 'ETIMEDOUT', url } as const
      const failed = [
        { attempt: 0, failedAt: AT + 2_000, reason: 'not sent: no connection', cause },
        // Says less, and does not hide the other one.
        { attempt: 0, failedAt: AT + 3_000, reason: 'not sent: no push has left for a while' },
      ]
      const diagnosed = diagnosePhone(device({ outcome, attempt: 0, failed }), ring(), AT + 4_000 + later)
      expect(diagnosed.code).toBe(code)
      const { sentence, fix } = verdictOf(diagnosed)
      const doctor = explainConnectionError('ETIMEDOUT', url, { mayUseProxy: true })
      expect(sentence.toLowerCase()).toContain(doctor.sentence.toLowerCase())
      expect(fix.toLowerCase()).toContain(doctor.fix.toLowerCase())
      expect(fix).toMatch(/firewall.+port 443.+RINGER_PROXY_URL/)
    },
  )

  it('whose provider answered since then is not diagnosed by an older connection', () => {
    const cause = { kind: 'connection', code: 'ETIMEDOUT', url: 'https://fcm.googleapis.com' } as const
    const failed = [
      { attempt: 0, failedAt: AT + 20, reason: 'not sent: no connection', cause },
      { attempt: 1, sentAt: AT + 300, failedAt: AT + 310, status: 503, reason: 'UNAVAILABLE' },
    ]
    expect(diagnosePhone(device({ outcome: 'retryable', failed }), ring(), AT + 900)).toEqual({
      code: 'retrying',
    })
  })

  it('that sends receipts has 5 s to send one, and what is known until then is said', () => {
    const accepted = device({ settledAt: AT + 300, expectsReceipt: true })
    const diagnosed = diagnosePhone(accepted, ring(), AT + 300 + 2_900)
    expect(diagnosed).toEqual({ code: 'accepted', acceptedMs: 2_000 })
    expect(verdictOf(diagnosed).sentence).toMatch(
      /^The provider accepted the push 2 s ago\. The phone reports what it shows, and has not reported yet\.$/,
    )
    expect(verdictOf(diagnosePhone(accepted, ring(), AT + 400)).sentence).toContain('less than 1 s ago')
    // Nothing is waited for once it has reported something.
    const reported = device({ ...accepted, receipts: { 'full-screen-denied': { at: AT + 500 } } })
    expect(diagnosePhone(reported, ring(), AT + 1_000)).toEqual({
      ...{ code: 'accepted', because: 'full-screen-denied' },
    })
    const twice = device({ ...accepted, receipts: { duplicate: { at: AT + 500 } } })
    expect(verdictOf(diagnosePhone(twice, ring(), AT + 1_000)).sentence).toContain(
      'The phone reported that it showed this call already.',
    )
  })

  it.each([
    ['that sends receipts and sent none for 5 s', { expectsReceipt: true }, 5_000, 'accepted-not-shown'],
    ['that has never sent a receipt', {}, 60_000, 'accepted'],
  ] as const)('%s is diagnosed by its silence', (_, more, later, code) => {
    const accepted = device({ settledAt: AT + 300, ...more })
    expect(diagnosePhone(accepted, ring(), AT + 300 + later)).toEqual({ code })
  })

  it.each([
    ['android', { notificationsAllowed: false, standbyBucket: 45 }, 'notifications-off'],
    ['android', { channelImportance: 0 }, 'notifications-off'],
    ['android', { sound: false }, 'channel-silent'],
    ['android', { standbyBucket: 45 }, 'battery-restricted'],
    ['android', { fullScreenIntentAllowed: false }, 'full-screen-denied'],
    ['android', { notificationsAllowed: true, standbyBucket: 10 }, undefined],
    ['web', { notificationsAllowed: false }, 'notifications-off'],
    ['ios', { notificationsAllowed: false }, undefined],
  ] as const)(
    'of the platform %s that told %o and stays silent has the cause %s',
    (platform, health, because) => {
      const silent = device({ platform, health, settledAt: AT, expectsReceipt: true })
      const diagnosed = diagnosePhone(silent, ring(), AT + 5_000)
      expect(diagnosed).toEqual({ code: 'accepted-not-shown', ...(because && { because }) })
      expect(diagnosePhone(silent, ring(), AT + 4_999)).toEqual({
        ...{ code: 'accepted', acceptedMs: 4_000, ...(because && { because }) },
      })
      // It has not sent a report yet, perhaps because it cannot.
      const reportless = device({ platform, health, settledAt: AT })
      expect(diagnosePhone(reportless, ring(), AT + 60_000)).toEqual({
        ...{ code: 'accepted', ...(because && { because }) },
      })
      // The call's own diagnosis names it as well.
      expect(diagnoseCall(known([ring({ devices: [silent] })]), AT + 5_000)).toEqual(diagnosed)
    },
  )

  it.each(['queued', 'sending', 'retryable'] as const)(
    'that is still %s after the deadline has expired',
    outcome => {
      expect(diagnosePhone(device({ outcome }), ring(), AT + 30_000).code).toBe('expired-provider-down')
    },
  )

  it.each([
    ['ended', 'ended-first'],
    ['answered', 'answered-first'],
  ] as const)('that is still queued when the ring has %s is left alone', (state, code) => {
    expect(diagnosePhone(device({ outcome: 'queued' }), ring({ state }), AT + 1_000).code).toBe(code)
  })
})

describe('a phone whose call ended', () => {
  const ended = (ms: number) => ring({ state: 'ended', endedAt: AT + ms })
  const failed = [{ attempt: 1, sentAt: AT + 12, failedAt: AT + 30, status: 503 }]
  it.each([
    ['after a failed attempt', { outcome: 'retryable', failed }, 8_000, 'ended-provider-down'],
    [
      'after a skipped attempt',
      { outcome: 'skipped', why: 'ended-first', failed },
      8_000,
      'ended-provider-down',
    ],
    ['after a refusal', { outcome: 'skipped', why: 'provider-quota', failed }, 8_000, 'provider-quota'],
    ['before the answer', { outcome: 'sending', sentAt: AT + 7_900 }, 8_000, 'in-flight'],
    ['without an answer', { outcome: 'sending', sentAt: AT + 12 }, 8_000, 'ended-provider-down'],
    ['after a wait', { outcome: 'queued', queuedAt: AT + 12 }, 8_000, 'ended-provider-down'],
    ['at once', { outcome: 'queued', queuedAt: AT + 12 }, 500, 'ended-first'],
    ['after its time', { outcome: 'queued', queuedAt: AT + 12 }, 31_000, 'expired-provider-down'],
    ['after its time', { outcome: 'skipped', queuedAt: AT + 12 }, 31_000, 'expired-provider-down'],
    ['before the last answer', { outcome: 'expired' }, 8_000, 'ended-provider-down'],
  ] as const)('%s (%o) is diagnosed', (_, fields, ms, code) => {
    const phone = device({ ...fields, ...('failed' in fields && { failed: [...fields.failed] }) })
    expect(diagnosePhone(phone, ended(ms), AT + Math.max(ms, 8_000) + 100)).toEqual({ code })
  })

  it.each([
    [[{ queues: ['calls', 'pushes-apns'] }], 'waiting-for-provider'],
    [[{ queues: ['calls'], leaves: ['pushes-apns'] }], 'waiting-for-provider'],
    [[{ queues: ['calls', 'pushes-fcm'] }], 'no-worker-for-provider'],
    [[], 'no-worker-for-provider'],
  ] as const)('or goes on is diagnosed by the queues of the workers %o', (workers, code) => {
    const diagnosed = diagnosePhone(device({ outcome: 'queued' }), ring(), AT + 1_000, workers)
    const queue = code === 'no-worker-for-provider' ? { queue: 'pushes-apns' } : {}
    expect(diagnosed).toEqual({ code, ...queue })
  })
})

describe('a call that was too late', () => {
  const late = (fields: Partial<RingRecord>) => known([ring({ devices: [], state: 'expired', ...fields })])
  it.each([
    [{ sentAt: AT - 41_000, deadline: AT - 11_000, dequeuedAt: AT + 36 }, 'webhook-late'],
    [{ sentAt: AT - 29_900, deadline: AT + 100, dequeuedAt: AT + 200 }, 'webhook-late'],
    [{ sentAt: AT - 20_000, deadline: AT + 10_000, dequeuedAt: AT + 11_000 }, 'expired-before-worker'],
    [{ sentAt: AT - 1_000, deadline: AT + 29_000, dequeuedAt: AT + 40_000 }, 'expired-before-worker'],
    [{ dequeuedAt: AT + 40_000 }, 'expired-before-worker'],
  ])('is diagnosed by what took longer: %o', (fields, code) => {
    const { code: found, lateMs } = diagnoseCall(late(fields), AT + 60_000)
    expect(found).toBe(code)
    const isLate = code === 'webhook-late' && 'sentAt' in fields
    expect(lateMs).toBe(isLate ? AT - Number(fields.sentAt) : undefined)
  })
})

describe('a call', () => {
  it.each<[string, KnownCall, string]>([
    [
      'of which one phone rang',
      known([ring({ devices: [device({ outcome: 'unregistered' }), device()] })]),
      'accepted',
    ],
    ['without a phone', known([ring({ devices: [], why: 'no-device' })]), 'no-device'],
    ['over budget', known([ring({ devices: [], state: 'refused', why: 'over-budget' })]), 'over-budget'],
    ['taken too late', known([ring({ devices: [], state: 'expired' })]), 'expired-before-worker'],
    ['that ended before its ring', known([ring({ devices: [], state: 'ended' })]), 'ended-first'],
    [
      'to a group of which one member has a bad token',
      known([
        ring({ devices: [], why: 'no-device' }),
        ring({ devices: [device({ outcome: 'rejected', why: 'wrong-environment' })] }),
      ]),
      'wrong-environment',
    ],
    [
      'without members',
      { ...known([]), call: { ...callOf([]), why: 'group-members-unknown' } },
      'group-members-unknown',
    ],
    ['that waits', { ...known([]), call: { ...callOf([]), waiting: [waiting] } }, 'waiting'],
    [
      'that waits without a worker',
      { call: { ...callOf([]), waiting: [waiting] }, workers: [] },
      'no-worker',
    ],
    ['that only ended', known([]), 'never-announced'],
    ['that is not known', { call: undefined, workers: [worker] }, 'unknown'],
    [
      'that is not known after a refusal',
      {
        call: undefined,
        workers: [],
        refusedWebhooks: [{ at: AT, count: 1, since: AT, reason: 'wrong_password' }],
      },
      'webhook-refused',
    ],
  ])('%s is diagnosed', (_, call, code) => {
    expect(diagnoseCall(call, AT + 1_000)).toEqual({ code })
  })

  it('is printed without the control characters that an id may hold', () => {
    const bob = 'bob\u001b[2J\u0007\nforged line'
    const text = printCall(describeCall('session-1', known([ring({ recipient: bob })]), AT + 1_000))
    expect(text).toContain('bob\ufffd[2J\ufffd\ufffdforged line: ringing')
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })

  it('is described with what was not sent, once, and without negative times', () => {
    const failed = [
      { attempt: 0, failedAt: AT + 300, reason: 'not sent: Apple does not answer' },
      { attempt: 0, failedAt: AT + 900, reason: 'not sent: Apple does not answer' },
      { attempt: 1, sentAt: AT - 60, failedAt: AT - 70, status: 503 },
    ]
    const rung = device({ outcome: 'skipped', why: 'answered-first', attempt: 1, sentAt: AT - 60, failed })
    const early = ring({ dequeuedAt: AT - 74, devices: [rung] })
    const view = describeCall('session-1', known([early]), AT + 2_000)
    expect(view.rings[0]?.devices[0]?.attempts).toEqual([
      {
        ...{ attempt: 1, times: 2, outcome: 'not sent', reason: 'not sent: Apple does not answer' },
        ...{ at: new Date(AT + 900).toISOString(), words: 'not sent: Apple does not answer (2 times)' },
      },
      {
        ...{ attempt: 1, outcome: 'retryable', status: 503, sentAt: new Date(AT - 60).toISOString() },
        ...{ ms: 14, leftMs: 30_060, tookMs: 0, words: 'failed for now: 503' },
      },
    ])
    expect(view.timeline.map(({ ms, what }) => `${ms} ${what}`)).toEqual([
      '0 webhook stored',
      '0 taken by a worker',
      '14 attempt 1 sent',
      '14 attempt 1: failed for now: 503',
      '974 attempt 1: not sent: Apple does not answer (2 times)',
    ])
    expect(printCall(view)).toContain('    attempt 1: not sent: Apple does not answer (2 times)\n')
  })

  it('is described with its attempts and on one time axis', () => {
    const failed = [
      { attempt: 1, sentAt: AT + 12, failedAt: AT + 30, status: 429, reason: 'TooManyRequests' },
    ]
    const rung = device({ attempt: 2, sentAt: AT + 1_050, settledAt: AT + 1_080, status: 200, failed })
    const view = describeCall('session-1', known([ring({ devices: [rung] })]), AT + 2_000)
    expect(view).toMatchObject({ sessionId: 'session-1', verdict: { code: 'accepted' } })
    expect(view.rings[0]).toMatchObject({ recipient: 'bob', state: 'ringing', verdict: { code: 'accepted' } })
    expect(view.rings[0]?.devices[0]).toMatchObject({
      provider: 'apns',
      pushId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      attempts: [
        {
          attempt: 1,
          ms: 12,
          leftMs: 29_988,
          tookMs: 18,
          outcome: 'retryable',
          status: 429,
          reason: 'TooManyRequests',
        },
        { attempt: 2, ms: 1_050, leftMs: 28_950, tookMs: 30, outcome: 'accepted', status: 200 },
      ],
    })
    expect(view.timeline.map(({ ms, what }) => `${ms} ${what}`)).toEqual([
      '0 webhook stored',
      '10 taken by a worker',
      '12 attempt 1 sent',
      '30 attempt 1: failed for now: 429 TooManyRequests',
      '1050 attempt 2 sent',
      '1080 attempt 2: accepted 200',
    ])
  })
})

it('a call is described with what its phones reported, and when', () => {
  const receipts = {
    'full-screen-denied': { at: AT + 910 },
    shown: { at: AT + 905, phoneAt: AT + 880, deliveredPriority: 'normal', osVersion: '16' },
  } as const
  const rung = device({ sentAt: AT + 12, settledAt: AT + 60, status: 200, receipts })
  const view = describeCall('session-1', known([ring({ devices: [rung] })]), AT + 2_000)
  expect(view.verdict.code).toBe('shown')
  expect(view.rings[0]?.devices[0]?.receipts).toEqual([
    {
      ...{ event: 'shown', at: new Date(AT + 905).toISOString(), ms: 905 },
      ...{ phoneAt: new Date(AT + 880).toISOString(), deliveredPriority: 'normal', osVersion: '16' },
    },
    { event: 'full-screen-denied', at: new Date(AT + 910).toISOString(), ms: 910 },
  ])
  expect(view.timeline.map(({ ms, what }) => `${ms} ${what}`).slice(-2)).toEqual([
    '905 the phone reports: shown',
    '910 the phone reports: full-screen-denied',
  ])
  expect(printCall(view)).toContain(
    '\n    reported shown 905 ms after the webhook (delivered with priority normal, OS 16)\n',
  )
})

it('the state of a ring depends on the time at which it is asked for', () => {
  expect(stateAt(ring(), AT + 1_000)).toBe('ringing')
  expect(stateAt(ring(), AT + 30_000)).toBe('unanswered')
  expect(stateAt(ring({ devices: [device({ outcome: 'queued' })] }), AT + 30_000)).toBe('expired')
  expect(stateAt(ring({ devices: [] }), AT + 1_000)).toBe('nobody')
  for (const outcome of ['rejected', 'unregistered', 'skipped'] as const)
    for (const later of [1_000, 30_000])
      expect(stateAt(ring({ devices: [device({ outcome })] }), AT + later)).toBe('not-rung')
  expect(stateAt(ring({ state: 'answered' }), AT + 60_000)).toBe('answered')
})

function callOf(rings: RingRecord[]) {
  return { appId: 'app-1', sessionId: 'session-1', rings }
}
