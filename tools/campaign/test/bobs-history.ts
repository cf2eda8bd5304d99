import { deviceIdOf, type RingRecord } from '@ringer/store'
import { checkHistory } from '../check/check-history.ts'
import type { ViolationKind } from '../check/violations/violation.ts'
import type { History, SeenPush, SentRegistration, SentWebhook } from '../history.ts'

// The history of a campaign in which Alice called Bob once, at 100 s, and nothing went wrong. Each test changes it.

export const START = 1_700_000_000_000
export const CALLED = START + 100_000
export const DEADLINE = CALLED + 30_000
export const SESSION = 'v1.eu.9f86d081884c7d65'
export const iphone = { name: "Bob's iPhone", token: 'a1'.repeat(32), provider: 'apns' as const }
export const android = { name: "Bob's Android phone", token: 'fcm:bob', provider: 'fcm' as const }

export const webhook = (changes: Partial<SentWebhook> = {}): SentWebhook => ({
  kind: 'ring',
  sessionId: SESSION,
  caller: 'alice',
  recipient: 'bob',
  dialect: 'initiator',
  ingress: 0,
  sentAt: CALLED,
  answeredAt: CALLED + 20,
  status: 200,
  answer: 'queued',
  ...changes,
})
export const cancel = (at: number, changes: Partial<SentWebhook> = {}) =>
  webhook({
    kind: 'end',
    action: 'cancelled',
    recipient: undefined,
    sentAt: at,
    answeredAt: at + 10,
    ...changes,
  })

export const push = (changes: Partial<SeenPush> = {}): SeenPush => ({
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
  // A fault that withholds the answer needs an `answeredAt: undefined`.
  answeredAt: (changes.at ?? CALLED + 100) + 5,
  ...changes,
})
export const toAndroid = (changes: Partial<SeenPush> = {}) =>
  push({ provider: 'fcm', token: android.token, pushType: undefined, apnsId: undefined, ...changes })
/** The push that stops the Android phone. */
export const stop = toAndroid({ at: CALLED + 5_100, rings: false, expiresAt: undefined })

export const registration = (changes: Partial<SentRegistration> = {}): SentRegistration => ({
  kind: 'register',
  uid: 'bob',
  token: iphone.token,
  sentAt: START,
  answeredAt: START + 10,
  status: 200,
  answer: 'registered',
  ...changes,
})

export const device = (token: string, outcome: RingRecord['devices'][number]['outcome'] = 'accepted') => ({
  deviceId: deviceIdOf('default', token),
  platform: token === iphone.token ? ('ios' as const) : ('android' as const),
  outcome,
  attempt: 1,
})
export const record = (changes: Partial<RingRecord> = {}): RingRecord => ({
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

export const history = (changes: Partial<History> = {}): History => ({
  startedAt: START,
  endedAt: START + 200_000,
  workers: 2,
  registrationAuth: 'key',
  ringMs: 30_000,
  phones: [iphone, android],
  webhooks: [webhook()],
  registrations: [registration(), registration({ token: android.token })],
  noise: [],
  pushes: [push(), toAndroid()],
  asks: [],
  receipts: [],
  troubles: [],
  connectionEnds: new Map(),
  clocks: {},
  notices: [],
  records: [record()],
  owners: new Map([
    [iphone.token, 'bob'],
    [android.token, 'bob'],
  ]),
  crashes: [],
  madeUp: new Set(),
  flooders: [],
  groupNotes: new Map(),
  ...changes,
})

export const kindsOf = (changes: Partial<History>): ViolationKind[] => [
  ...new Set(checkHistory(history(changes)).violations.map(({ kind }) => kind)),
]
