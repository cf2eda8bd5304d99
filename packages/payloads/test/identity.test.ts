import { apnsId, type CallEvent, callUuid, deadlineOf, eventId, parseWebhook, ringId } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { withoutField } from './vary.ts'
import {
  APP_ID,
  alice,
  bob,
  carol,
  chess,
  initiatorEnd,
  initiatorRing,
  participantJoined,
  providerCall,
  receivedRing,
  SENT_AT,
  sessionEnded,
  signalledEnd,
  signalledRing,
  type Webhook,
} from './webhooks.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

describe('the call’s UUID', () => {
  it.each([
    [
      'the 32 hex digits after the last dot',
      'v1.eu.3f0c9a71d2b84e6f90ab12cd34ef5678',
      '3F0C9A71-D2B8-4E6F-90AB-12CD34EF5678',
    ],
    [
      'the first 32 of more',
      'v1.us.3f0c9a71d2b84e6f90ab12cd34ef567899ff',
      '3F0C9A71-D2B8-4E6F-90AB-12CD34EF5678',
    ],
    [
      '32 hex digits with no dot before',
      '3F0C9A71D2B84E6F90AB12CD34EF5678',
      '3F0C9A71-D2B8-4E6F-90AB-12CD34EF5678',
    ],
    [
      'a session that is a UUID',
      '9b2f6c1e-0a4d-4f7b-8a55-6de0c1f2a3b4',
      '9b2f6c1e-0a4d-4f7b-8a55-6de0c1f2a3b4',
    ],
    [
      'a UUID after the last dot',
      'v1.eu.9b2f6c1e-0a4d-4f7b-8a55-6de0c1f2a3b4',
      '9b2f6c1e-0a4d-4f7b-8a55-6de0c1f2a3b4',
    ],
  ])('is %s', (_, sessionId, uuid) => {
    expect(callUuid(sessionId)).toBe(uuid)
  })

  it.each([
    ['a short tail', 'v1.123.aik2'],
    ['31 hex digits', 'v1.eu.3f0c9a71d2b84e6f90ab12cd34ef567'],
    ['a letter beyond f', 'v1.eu.3f0c9a71d2b84e6g90ab12cd34ef5678'],
    ['hex before the last dot only', 'v1.3f0c9a71d2b84e6f90ab12cd34ef5678.x'],
    ['nothing after the dot', 'v1.'],
    ['a group', 'chess-club'],
    ['a UUID and more', '9b2f6c1e-0a4d-4f7b-8a55-6de0c1f2a3b4-2'],
  ])('is made from the name of a session with %s, the same each time', (_, sessionId) => {
    expect(callUuid(sessionId)).toMatch(UUID)
    expect(callUuid(sessionId)).toBe(callUuid(sessionId))
    expect(callUuid(sessionId)).not.toBe(callUuid(`${sessionId}x`))
  })

  it('does not change with an update of Ringer', () => {
    expect(callUuid('v1.123.aik2')).toBe('d14b7e3d-575b-5d72-89f4-7f33689adb5b')
  })
})

describe('the apns-id', () => {
  const ring = ringId(APP_ID, 'v1.eu.1', 'bob')

  it('is one UUID for all attempts of a ring on a device', () => {
    expect(apnsId(ring, 'device-1')).toMatch(UUID)
    expect(apnsId(ring, 'device-1')).toBe(apnsId(ring, 'device-1'))
    expect(apnsId(ring, 'device-1')).toBe('129ebc2d-52c5-535c-bfcc-9b1f99937e3a')
  })

  it('is another for another device and for another ring', () => {
    const ids = [
      apnsId(ring, 'device-1'),
      apnsId(ring, 'device-2'),
      apnsId(ringId(APP_ID, 'v1.eu.2', 'bob'), 'device-1'),
    ]
    expect(new Set(ids).size).toBe(3)
  })
})

describe('the id of a ring', () => {
  it('tells apps, sessions and recipients apart, wherever the border between them lies', () => {
    const ids = [
      ringId('app', 'session', 'bob'),
      ringId('app', 'session', 'carol'),
      ringId('app', 'session-2', 'bob'),
      ringId('app-2', 'session', 'bob'),
      ringId('app', 'sessionb', 'ob'),
      ringId('app","session', 'bob', ''),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.every(id => UUID.test(id))).toBe(true)
  })
})

describe('the id of an event', () => {
  const group = { callee: chess, receiverType: 'group' as const }

  it.each<[string, Webhook, Webhook]>([
    ['a ring and its retry', signalledRing(), signalledRing()],
    ['a ring, told by two webhook configurations', signalledRing(), signalledRing({ webhook: 'ringer-two' })],
    ['a ring, told by a webhook and by the custom provider', signalledRing(), providerCall('initiated')],
    [
      'a ring, told fully and leanly',
      signalledRing(),
      signalledRing({ entities: 'lean', messageId: '90312' }),
    ],
    ['a cancellation and its retry', signalledEnd('cancelled'), signalledEnd('cancelled')],
    ['a cancellation, told by both feeds', signalledEnd('cancelled'), providerCall('cancelled')],
    [
      'a cancellation without a session, and its retry',
      signalledEnd('cancelled', { entities: 'none' }),
      signalledEnd('cancelled', { entities: 'none', webhook: 'ringer-two' }),
    ],
    [
      'an answer and its retry',
      participantJoined('call', { who: bob }),
      participantJoined('call', { who: bob }),
    ],
    ['an end, told by both feeds', sessionEnded('call'), providerCall('ended')],
    ['a flat ring, and call.received', initiatorRing(), receivedRing()],
  ])('is equal for %s', (_, one, other) => {
    expect(idOf(other)).toBe(idOf(one))
  })

  it.each<[string, Webhook, Webhook]>([
    ['a ring and its cancellation', signalledRing(), signalledEnd('cancelled')],
    ['a ring and its answer', signalledRing(), participantJoined('call', { who: bob })],
    ['an unanswered call and its cancellation', signalledEnd('unanswered'), signalledEnd('cancelled')],
    ['a call and the next between the same two', signalledRing(), signalledRing({ sessionId: 'v1.eu.next' })],
    ['a call and the call back', signalledRing(), signalledRing({ caller: bob, callee: alice })],
    [
      'two members of a group',
      providerCall('initiated', { ...group, to: bob }),
      providerCall('initiated', { ...group, to: carol }),
    ],
    [
      'the ends of two members of a group',
      providerCall('cancelled', { ...group, to: bob }),
      providerCall('cancelled', { ...group, to: carol }),
    ],
    ['two who answered', participantJoined('call', { who: bob }), participantJoined('call', { who: carol })],
    [
      'a cancellation without a session and a later one in the same conversation',
      signalledEnd('cancelled', { entities: 'none' }),
      signalledEnd('cancelled', { entities: 'none', messageId: '90399', sentAt: SENT_AT + 60_000 }),
    ],
    [
      'two cancellations of which only the time is known',
      withoutField(signalledEnd('cancelled', { entities: 'none' }), ['data', 'call', 'id']),
      withoutField(signalledEnd('cancelled', { entities: 'none', sentAt: SENT_AT + 60_000 }), [
        'data',
        'call',
        'id',
      ]),
    ],
    ['two apps', signalledRing(), { ...signalledRing(), appId: 'another-app' }],
    [
      'an end and the next session’s',
      initiatorEnd('busy'),
      initiatorEnd('busy', { sessionId: 'v1.eu.next' }),
    ],
  ])('differs between %s', (_, one, other) => {
    expect(idOf(other)).not.toBe(idOf(one))
  })

  it('may be used as a job’s id, where a colon is not allowed', () => {
    expect(idOf(signalledRing({ sessionId: 'v1:eu:1' }))).toMatch(UUID)
  })
})

describe('the deadline of a ring', () => {
  const received = SENT_AT + 2_000

  it.each([
    ['from when the caller pressed the button', SENT_AT, SENT_AT + 30_000],
    ['from its arrival, where nothing else is known', undefined, received + 30_000],
    ['from its arrival, when the sender’s clock is fast', received + 60_000, received + 30_000],
    ['from long ago, for a call of long ago', SENT_AT - 3_600_000, SENT_AT - 3_570_000],
  ])('is counted %s', (_, sentAt, deadline) => {
    expect(deadlineOf(received, sentAt, 30_000)).toBe(deadline)
  })
})

function idOf(webhook: Webhook): string {
  const parsed = parseWebhook(webhook)
  if (parsed.status !== 'event') throw new Error(`this webhook is no event: ${JSON.stringify(parsed)}`)
  const event: CallEvent = parsed.event
  return eventId(parsed.appId ?? 'the configured app', event)
}
