import { describe, expect, it } from 'vitest'
import { buildViolationTimeline } from '../build-violation-timeline.ts'
import { checkHistory } from '../check/check-history.ts'
import type { History, Subject, Trouble } from '../history.ts'
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
  SESSION,
  stop,
  toAndroid,
  webhook,
} from './bobs-history.ts'

// What slow, silent and partial failures excuse, and what they do not.

/** A trouble, with its times counted from the call. */
const trouble = (
  subject: Subject,
  kind: string,
  [from, to]: [number, number],
  more: Partial<Trouble> = {},
): Trouble => ({ subject, kind, from: CALLED + from, to: CALLED + to, ...more })

const throughout: [number, number] = [-1_000, 40_000]
const never = (token: string) =>
  record({
    devices: [iphone, android].map(one => device(one.token, one.token === token ? 'expired' : 'accepted')),
  })
const iphoneSilent: Partial<History> = { pushes: [toAndroid()], records: [never(iphone.token)] }
const androidSilent: Partial<History> = { pushes: [push()], records: [never(android.token)] }

describe('a ring that gets lost', () => {
  it.each<[string, Trouble[]]>([
    ['its provider answered slowly', [trouble('apns', 'slow-provider', throughout, { delayMs: 3_500 })]],
    [
      'its provider answered nothing on the old connections',
      [trouble('apns', 'silence-streams', throughout)],
    ],
    [
      'a part of the connections was frozen',
      [trouble('apns', 'freeze-pool', throughout, { connections: ['apns 0/1'] })],
    ],
    ['Redis took 300 ms for a command', [trouble('redis', 'slow-redis', throughout, { delayMs: 300 })]],
    ['one worker of two could not reach the provider', [trouble('link-0-apns', 'freeze-link', throughout)]],
    ['one worker of two was refused', [trouble('link-0-apns', 'refuse-link', throughout)]],
    [
      'all workers could not reach the other provider',
      [0, 1].map(worker => trouble(`link-${worker}-fcm`, 'refuse-link', throughout)),
    ],
    ['Redis answered with errors for a while', [trouble('redis', 'refuse with OOM', [500, 3_500])]],
  ])('is reported although %s', (_, troubles) => {
    expect(kindsOf({ ...iphoneSilent, troubles })).toEqual(['lost'])
  })

  it('is reported although a clock was wrong', () => {
    expect(kindsOf({ ...iphoneSilent, clocks: { 'worker-0': 20_000 } })).toEqual(['lost'])
  })

  it.each<[string, Trouble[]]>([
    [
      'no worker could reach the provider',
      [
        trouble('link-0-apns', 'freeze-link', throughout),
        trouble('link-1-apns', 'refuse-link', [2_000, 26_000]),
      ],
    ],
    [
      'one worker could not reach the provider, and the other one was dead',
      [
        trouble('link-0-apns', 'refuse-link', throughout),
        trouble('worker-1', 'kill-worker', [2_000, 26_000]),
      ],
    ],
    [
      'Redis answered with errors again and again',
      Array.from({ length: 5 }, (_, index) =>
        trouble('redis', 'refuse with OOM', [index * 6_000, index * 6_000 + 2_000]),
      ),
    ],
  ])('is not reported if %s', (_, troubles) => {
    expect(kindsOf({ ...iphoneSilent, troubles })).toEqual([])
  })

  it('is not reported if packets to FCM disappear, which a worker notices late; but only at FCM', () => {
    const frozen = (provider: 'apns' | 'fcm') => [
      trouble(`link-0-${provider}`, 'freeze-link', [2_000, 26_000]),
    ]
    expect(kindsOf({ ...androidSilent, troubles: frozen('fcm') })).toEqual([])
    expect(kindsOf({ ...iphoneSilent, troubles: frozen('fcm') })).toEqual(['lost'])
    expect(kindsOf({ ...iphoneSilent, troubles: frozen('apns') })).toEqual(['lost'])
    const refused = [trouble('link-0-fcm', 'refuse-link', [2_000, 26_000])]
    expect(kindsOf({ ...androidSilent, troubles: refused })).toEqual(['lost'])
  })

  it('is not reported if the environment that is tried first did not answer', () => {
    const troubles = [trouble('apns-sandbox', 'freeze-provider', [0, 26_000])]
    const phones = [{ ...iphone, triedFirst: 'apns-sandbox' as const }, android]
    expect(kindsOf({ ...iphoneSilent, phones, troubles })).toEqual([])
    expect(kindsOf({ ...iphoneSilent, troubles })).toEqual(['lost'])
  })

  it('is reported 5 s later for each further worker that is cut off', () => {
    const twice = [
      trouble('link-0-apns', 'freeze-link', throughout),
      trouble('link-1-apns', 'refuse-link', [0, 1_000]),
    ]
    const over = (at: number) => ({
      webhooks: [webhook(), cancel(CALLED + at)],
      pushes: [toAndroid(), { ...stop, at: CALLED + at + 100 }],
    })
    expect(kindsOf({ ...iphoneSilent, ...over(13_000), troubles: twice })).toEqual([])
    expect(kindsOf({ ...iphoneSilent, ...over(16_000), troubles: twice })).toEqual(['lost'])
  })

  it('is reported if its provider swallowed one push, and not if it swallowed the second attempt as well', () => {
    const swallowed = (at: number) =>
      push({ at, fault: 'hang', status: null, accepted: false, answeredAt: undefined })
    const once = [swallowed(CALLED + 100), toAndroid()]
    expect(kindsOf({ ...iphoneSilent, pushes: once })).toEqual(['lost'])
    expect(kindsOf({ ...iphoneSilent, pushes: [...once, swallowed(CALLED + 1_150)] })).toEqual([])
    const atGoogle = [100, 1_150].map(after => ({
      ...swallowed(CALLED + after),
      provider: 'fcm' as const,
      token: android.token,
    }))
    expect(kindsOf({ ...androidSilent, pushes: [push(), ...atGoogle] })).toEqual(['lost'])
  })
})

describe('a doubled ring', () => {
  const first = push({ worker: 0, connection: 'apns 0/1' })
  const again = push({ worker: 1, connection: 'apns 1/1', at: CALLED + 4_000 })
  const both = [first, again, toAndroid()]

  it.each<[string, Trouble]>([
    ['a slow provider that had answered', trouble('apns', 'slow-provider', throughout, { delayMs: 3_500 })],
    ['streams without answers, if these were answered', trouble('apns', 'silence-streams', throughout)],
    ['a slow Redis', trouble('redis', 'slow-redis', throughout, { delayMs: 300 })],
    ['another worker that was frozen', trouble('worker-2', 'freeze-worker', [-6_000, 3_500])],
    ['another worker that died', trouble('worker-2', 'kill-worker', [110, 3_000])],
    ['another worker that could not reach the provider', trouble('link-2-apns', 'refuse-link', [110, 3_000])],
    [
      'other connections that were frozen',
      trouble('apns', 'freeze-pool', [50, 3_500], { connections: ['apns 2/1'] }),
    ],
  ])('is not excused by %s', (_, one) => {
    expect(kindsOf({ pushes: both, troubles: [one] })).toEqual(['doubled'])
  })

  it('is not excused by a Redis that refuses writes eight times for 400 ms', () => {
    const flaps = Array.from({ length: 8 }, (_, index) =>
      trouble('redis', 'refuse with NOREPLICAS', [index * 500, index * 500 + 400]),
    )
    expect(kindsOf({ pushes: both, troubles: flaps })).toEqual(['doubled'])
    const long = [trouble('redis', 'refuse with NOREPLICAS', [50, 3_000])]
    expect(kindsOf({ pushes: both, troubles: long })).toEqual([])
  })

  it.each<[string, Trouble]>([
    [
      'the connection of the first push was frozen',
      trouble('apns', 'freeze-pool', [50, 3_500], { connections: ['apns 0/1'] }),
    ],
    ['the worker of the first push was cut off', trouble('link-0-apns', 'refuse-link', [110, 3_000])],
    [
      'the worker of the first push had been frozen until just before it',
      trouble('worker-0', 'freeze-worker', [-6_000, 20]),
    ],
    [
      'the worker of the second push had been frozen until just before it',
      trouble('worker-1', 'freeze-worker', [-6_000, 3_500]),
    ],
    ['the worker of the first push died', trouble('worker-0', 'kill-worker', [110, 3_000])],
    [
      'the second push was sent first, on a connection that froze',
      trouble('apns', 'freeze-pool', [-500, 3_950], { connections: ['apns 1/1'] }),
    ],
  ])('is counted as possibly twice if %s', (_, one) => {
    const verdict = checkHistory(history({ pushes: both, troubles: [one] }))
    expect(verdict).toMatchObject({ violations: [], possiblyTwice: [{}] })
  })
})

describe('a push that arrives late', () => {
  const pushes = [push({ worker: 0, connection: 'apns 0/1', at: DEADLINE + 2_000 }), toAndroid()]
  const frozen = (connection: string) => ({
    ...{ subject: 'apns' as const, kind: 'freeze-pool', connections: [connection] },
    ...{ from: DEADLINE - 2_000, to: DEADLINE + 1_990 },
  })

  it('is excused only if its own connection was frozen', () => {
    expect(kindsOf({ pushes, troubles: [frozen('apns 0/1')] })).toEqual([])
    expect(kindsOf({ pushes, troubles: [frozen('apns 0/2')] })).toEqual(['late'])
  })

  it('is excused only if its own worker was cut off', () => {
    const cut = (worker: number) => ({
      ...{ subject: `link-${worker}-apns` as const, kind: 'freeze-link' },
      ...{ from: DEADLINE - 2_000, to: DEADLINE + 1_990 },
    })
    expect(kindsOf({ pushes, troubles: [cut(0)] })).toEqual([])
    expect(kindsOf({ pushes, troubles: [cut(1)] })).toEqual(['late'])
  })

  it('is not excused by answers that are slow or missing', () => {
    for (const kind of ['slow-provider', 'silence-streams']) {
      expect(kindsOf({ pushes, troubles: [trouble('apns', kind, [0, 40_000])] })).toEqual(['late'])
    }
  })

  it('is not excused by a wrong clock', () => {
    const wrong = { clocks: { 'worker-0': 10_000 }, records: [record({ deadline: DEADLINE + 10_000 })] }
    expect(kindsOf(wrong)).toEqual(['late'])
  })
})

describe('a ring after the end', () => {
  const webhooks = [webhook(), cancel(CALLED + 1_000)]
  const troubles = [trouble('redis', 'slow-redis', throughout, { delayMs: 300 })]
  const sent = (at: number) => ({ webhooks, pushes: [push({ at: CALLED + at }), toAndroid(), stop] })

  it('may be sent five round trips of a slow Redis later, not more', () => {
    expect(kindsOf({ ...sent(3_500) })).toEqual(['after the end'])
    expect(kindsOf({ ...sent(3_500), troubles })).toEqual([])
    expect(kindsOf({ ...sent(4_200), troubles })).toEqual(['after the end'])
  })
})

it('the timeline corrects the times in the log of a process whose clock is wrong', () => {
  const line = JSON.stringify({
    time: new Date(CALLED + 20_050).toISOString(),
    sessionId: SESSION,
    msg: 'call',
  })
  const violation = { kind: 'lost' as const, what: '', sessionId: SESSION }
  const timeline = (clocks: History['clocks']) =>
    buildViolationTimeline(violation, history({ clocks }), [{ name: 'worker-0', line }])
  expect(timeline({ 'worker-0': 20_000 })).toMatch(/ 50 ms {2}log {2}worker-0/)
  expect(timeline({})).toMatch(/ 20050 ms {2}log {2}worker-0/)
})
