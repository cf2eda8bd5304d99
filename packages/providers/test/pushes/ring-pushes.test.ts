import { parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { ringEvent } from '../../../payloads/test/ring-events.ts'
import {
  alice,
  bob,
  carol,
  chess,
  initiatorRing,
  MESSAGE_ID,
  providerCall,
  receivedRing,
  SENT_AT,
  SESSION_ID,
  signalledRing,
  type Webhook,
} from '../../../payloads/test/webhooks.ts'
import { buildApnsRing } from '../../src/apns/payloads/build-ring.ts'
import { buildFcmRing } from '../../src/fcm/payloads/build-ring.ts'

const RECEIVED_AT = SENT_AT + 400
const UUID = '3F0C9A71-D2B8-4E6F-90AB-12CD34EF5678'
const SESSION = 'v1.eu.3f0c9a71d2b84e6f90ab12cd34ef5678'

/** The keys that existing apps read, in a VoIP push and in a data message. */
const shared = {
  callAction: 'initiated',
  sessionId: SESSION,
  uuid: UUID,
  callUUID: UUID,
  callType: 'video',
  sender: 'alice',
  senderUid: 'alice',
  callerUid: 'alice',
  callerId: 'alice',
  handle: 'alice',
  senderName: 'Alice Moreau',
  callerName: 'Alice Moreau',
  name: 'Alice Moreau',
  senderAvatar: alice.avatar,
  receiver: 'bob',
  receiverName: 'Bob Okafor',
  receiverAvatar: bob.avatar,
  receiverType: 'user',
  conversationId: 'alice_user_bob',
  title: 'Alice Moreau',
  body: 'VIDEO CALL',
  tag: MESSAGE_ID,
  sentAt: String(SENT_AT),
}

describe('the VoIP push of a ring', () => {
  it('has every key that an iPhone app reads', () => {
    expect(buildApnsRing(ringEvent({ sessionId: SESSION }), RECEIVED_AT)).toEqual({
      ...shared,
      aps: { 'content-available': 1 },
      type: 'call',
      hasVideo: true,
      timestamp: SENT_AT,
      data: {
        sessionId: SESSION,
        callerName: 'Alice Moreau',
        callerUid: 'alice',
        callType: 'video',
        callUUID: UUID,
      },
    })
  })

  it('has no alert, because iOS logs an error for one in a VoIP push', () => {
    expect(Object.keys(buildApnsRing(ringEvent(), RECEIVED_AT).aps)).toEqual(['content-available'])
  })
})

describe('the data message of a ring', () => {
  it.each(['incoming_call', 'call'] as const)('has every key that an Android app of type %s reads', type => {
    expect(buildFcmRing(ringEvent({ sessionId: SESSION }), RECEIVED_AT, type)).toEqual({
      ...shared,
      type,
      hasVideo: 'true',
      timestamp: String(SENT_AT),
    })
  })

  it('has no key that FCM reserves', () => {
    const keys = Object.keys(buildFcmRing(ringEvent(), RECEIVED_AT, 'call'))
    expect(keys.filter(key => /^(from|message_type|notification|google.*|gcm.*)$/.test(key))).toEqual([])
  })
})

const dialects: [string, Webhook][] = [
  ['full signalling', signalledRing()],
  ['lean signalling', signalledRing({ entities: 'lean' })],
  ['signalling without names', signalledRing({ caller: { uid: 'alice' }, callee: { uid: 'bob' } })],
  ['the flat dialect', initiatorRing()],
  ['call.received', receivedRing({ caller: { uid: 'alice' } })],
  ['the custom provider', providerCall('initiated')],
  [
    'the custom provider, for a group',
    providerCall('initiated', { callee: chess, receiverType: 'group', to: carol }),
  ],
]

describe.each(dialects)('the pushes of a ring from %s', (_, webhook) => {
  const optional = ['senderAvatar', 'receiverAvatar']
  const always = Object.keys(shared).filter(key => !optional.includes(key))

  it('have all required keys, and no value that is null or empty', () => {
    const parsed = parseWebhook(webhook)
    if (parsed.status !== 'event' || parsed.event.kind !== 'ring') throw new Error('expected a ring event')
    const { aps, data, hasVideo, timestamp, ...flat } = buildApnsRing(parsed.event, RECEIVED_AT)
    expect({ hasVideo: typeof hasVideo, timestamp: typeof timestamp }).toEqual({
      hasVideo: 'boolean',
      timestamp: 'number',
    })
    const message = buildFcmRing(parsed.event, RECEIVED_AT, 'call')
    for (const values of [flat, data, message]) {
      expect(Object.values(values).every(value => typeof value === 'string' && value !== '')).toBe(true)
    }
    expect(Object.keys(flat)).toEqual(expect.arrayContaining(['type', ...always]))
    expect(Object.keys(message)).toEqual(expect.arrayContaining(['type', 'hasVideo', 'timestamp', ...always]))
  })
})

describe('the push of a ring', () => {
  it('has the uid in place of a missing name', () => {
    const withoutNames = ringEvent({ caller: { uid: 'alice' }, receiver: { uid: 'bob', type: 'user' } })
    expect(buildApnsRing(withoutNames, RECEIVED_AT)).toMatchObject({
      senderName: 'alice',
      callerName: 'alice',
      name: 'alice',
      title: 'alice',
      receiverName: 'bob',
      data: { callerName: 'alice' },
    })
  })

  it('has no key for an unknown picture', () => {
    const push = buildApnsRing(
      ringEvent({ caller: { uid: 'alice' }, receiver: { uid: 'bob', type: 'user' } }),
      0,
    )
    expect(Object.keys(push).filter(key => key.endsWith('Avatar'))).toEqual([])
  })

  it('has the webhook’s arrival, in digits, in place of a missing time', () => {
    const { sentAt, timestamp } = buildApnsRing(ringEvent({ sentAt: undefined }), RECEIVED_AT)
    expect({ sentAt, timestamp }).toEqual({ sentAt: String(RECEIVED_AT), timestamp: RECEIVED_AT })
  })

  it('has the session id as its tag in place of a missing message id', () => {
    expect(buildFcmRing(ringEvent({ tag: undefined }), RECEIVED_AT, 'call').tag).toBe(SESSION_ID)
  })

  it.each([
    ['audio', 'AUDIO CALL', false],
    ['video', 'VIDEO CALL', true],
  ] as const)('has the default body of its call type, %s: %s', (callType, body, hasVideo) => {
    expect(buildApnsRing(ringEvent({ callType }), RECEIVED_AT)).toMatchObject({
      body,
      hasVideo,
      data: { callType },
    })
    expect(buildFcmRing(ringEvent({ callType }), RECEIVED_AT, 'call')).toMatchObject({
      body,
      hasVideo: String(hasVideo),
    })
  })

  it('has the custom provider’s title and body', () => {
    const event = ringEvent({ title: 'Anruf', body: 'Videoanruf von Alice' })
    expect(buildApnsRing(event, RECEIVED_AT)).toMatchObject({ title: 'Anruf', body: 'Videoanruf von Alice' })
  })
})
