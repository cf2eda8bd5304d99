import { buildApnsRing, buildFcmRing, parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { ringEvent } from './ring-events.ts'
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
} from './webhooks.ts'

const RECEIVED_AT = SENT_AT + 400
const UUID = '3F0C9A71-D2B8-4E6F-90AB-12CD34EF5678'
const SESSION = 'v1.eu.3f0c9a71d2b84e6f90ab12cd34ef5678'

/** What the apps in the field read, whichever push brings it. */
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
  it('holds every key that an iPhone app reads', () => {
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

  it('carries no alert, which iOS does not want in a VoIP push', () => {
    expect(Object.keys(buildApnsRing(ringEvent(), RECEIVED_AT).aps)).toEqual(['content-available'])
  })
})

describe('the data message of a ring', () => {
  it.each(['incoming_call', 'call'] as const)(
    'holds every key that an Android app of type %s reads',
    type => {
      expect(buildFcmRing(ringEvent({ sessionId: SESSION }), RECEIVED_AT, type)).toEqual({
        ...shared,
        type,
        hasVideo: 'true',
        timestamp: String(SENT_AT),
      })
    },
  )

  it('has no key that Google keeps for itself', () => {
    const keys = Object.keys(buildFcmRing(ringEvent(), RECEIVED_AT, 'call'))
    expect(keys.filter(key => /^(from|message_type|notification|google.*|gcm.*)$/.test(key))).toEqual([])
  })
})

const dialects: [string, Webhook][] = [
  ['full signalling', signalledRing()],
  ['lean signalling', signalledRing({ entities: 'lean' })],
  ['nameless signalling', signalledRing({ caller: { uid: 'alice' }, callee: { uid: 'bob' } })],
  ['the flat dialect', initiatorRing()],
  ['call.received', receivedRing({ caller: { uid: 'alice' } })],
  ['the custom provider', providerCall('initiated')],
  [
    'a group, by the custom provider',
    providerCall('initiated', { callee: chess, receiverType: 'group', to: carol }),
  ],
]

describe.each(dialects)('a ring that came by %s', (_, webhook) => {
  const optional = ['senderAvatar', 'receiverAvatar']
  const always = Object.keys(shared).filter(key => !optional.includes(key))

  it('says all there is to say, and nothing that is null or empty', () => {
    const parsed = parseWebhook(webhook)
    if (parsed.status !== 'event' || parsed.event.kind !== 'ring') throw new Error('this webhook is a ring')
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

describe('where a webhook leaves something out', () => {
  it('the uid stands in for a name', () => {
    const nameless = ringEvent({ caller: { uid: 'alice' }, receiver: { uid: 'bob', type: 'user' } })
    expect(buildApnsRing(nameless, RECEIVED_AT)).toMatchObject({
      senderName: 'alice',
      callerName: 'alice',
      name: 'alice',
      title: 'alice',
      receiverName: 'bob',
      data: { callerName: 'alice' },
    })
  })

  it('an unknown picture is no key at all', () => {
    const push = buildApnsRing(
      ringEvent({ caller: { uid: 'alice' }, receiver: { uid: 'bob', type: 'user' } }),
      0,
    )
    expect(Object.keys(push).filter(key => key.endsWith('Avatar'))).toEqual([])
  })

  it('the time of arrival stands in for the call’s own, as digits', () => {
    const { sentAt, timestamp } = buildApnsRing(ringEvent({ sentAt: undefined }), RECEIVED_AT)
    expect({ sentAt, timestamp }).toEqual({ sentAt: String(RECEIVED_AT), timestamp: RECEIVED_AT })
  })

  it('the session stands in for the message as the notification’s tag', () => {
    expect(buildFcmRing(ringEvent({ tag: undefined }), RECEIVED_AT, 'call').tag).toBe(SESSION_ID)
  })

  it.each([
    ['audio', 'AUDIO CALL', false],
    ['video', 'VIDEO CALL', true],
  ] as const)('an %s call is announced as %s', (callType, body, hasVideo) => {
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

  it('what the custom provider says instead is kept', () => {
    const said = ringEvent({ title: 'Anruf', body: 'Videoanruf von Alice' })
    expect(buildApnsRing(said, RECEIVED_AT)).toMatchObject({ title: 'Anruf', body: 'Videoanruf von Alice' })
  })
})
