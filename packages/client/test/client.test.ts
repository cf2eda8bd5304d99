import { isExpired, parseIncomingCall } from '@ringer/client'
import { callUuid, endActions } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { ringEvent } from '../../payloads/test/ring-events.ts'
import { withoutField } from '../../payloads/test/vary.ts'
import { alice, bob, SENT_AT } from '../../payloads/test/webhooks.ts'
import { buildApnsRing } from '../../providers/src/apns/payloads/build-ring.ts'
import { buildFcmRing } from '../../providers/src/fcm/payloads/build-ring.ts'
import { buildFcmStop } from '../../providers/src/fcm/payloads/build-stop.ts'

const event = ringEvent({ sessionId: 'v1.eu.3f0c9a71d2b84e6f90ab12cd34ef5678' })
const call = {
  sessionId: event.sessionId,
  uuid: callUuid(event.sessionId),
  callType: 'video',
  hasVideo: true,
  caller: { uid: alice.uid, name: alice.name, avatar: alice.avatar },
  receiver: { uid: bob.uid, name: bob.name, avatar: bob.avatar, type: 'user' },
  conversationId: 'alice_user_bob',
  sentAt: SENT_AT,
}
const apns = buildApnsRing(event, SENT_AT)
const fcm = buildFcmRing(event, SENT_AT, 'call')
const remoteMessage = (data: object) => ({
  messageId: '0:1781024530000000%1',
  from: '1234567890',
  sentTime: SENT_AT,
  ttl: 28,
  data,
})

describe('a ring', () => {
  it.each<[string, unknown]>([
    ['the dictionary of a VoIP push', apns],
    [
      'the dictionary of a VoIP push, with a boolean that a bridge turned into a number',
      { ...apns, hasVideo: 1 },
    ],
    ['FCM’s data map of type call', fcm],
    ['FCM’s data map of type incoming_call', buildFcmRing(event, SENT_AT, 'incoming_call')],
    ['a RemoteMessage', remoteMessage(fcm)],
    ['a RemoteMessage with a Map', remoteMessage(new Map(Object.entries(fcm)))],
    ['a Map', new Map(Object.entries(fcm))],
    ['an object without a prototype', Object.assign(Object.create(null), fcm)],
    ['values that were turned into numbers and booleans', { ...fcm, hasVideo: true, sentAt: SENT_AT }],
  ])('is read from %s', (_, payload) => {
    expect(parseIncomingCall(payload)).toEqual({ action: 'ring', ...call })
  })

  it('to a group names the group, with uids for missing names', () => {
    const group = ringEvent({
      caller: { uid: 'alice' },
      receiver: { uid: 'chess', type: 'group' },
      callType: 'audio',
    })
    expect(parseIncomingCall(buildApnsRing(group, SENT_AT))).toMatchObject({
      hasVideo: false,
      caller: { uid: 'alice', name: 'alice' },
      receiver: { uid: 'chess', name: 'chess', type: 'group' },
    })
  })

  it.each([
    ['a VoIP push', (stateUrl: string) => buildApnsRing(event, SENT_AT, { stateUrl })],
    [
      'a data message',
      (stateUrl: string) => remoteMessage(buildFcmRing(event, SENT_AT, 'call', { stateUrl })),
    ],
    [
      'a stop',
      (stateUrl: string) => remoteMessage(buildFcmStop(event, SENT_AT, 'call', 'ongoing', { stateUrl })),
    ],
  ])('has the state URL: %s', (_, build) => {
    const stateUrl = `https://ringer.example.com/r/${'x'.repeat(64)}`
    expect(parseIncomingCall(build(stateUrl))).toMatchObject({ uuid: call.uuid, stateUrl })
    expect(parseIncomingCall(build('javascript:alert(1)'))).not.toHaveProperty('stateUrl')
  })

  it.each([true, 'true', 1, '1'])('without a call type is a video call if hasVideo is %j', hasVideo => {
    expect(parseIncomingCall({ type: 'call', sessionId: 's', hasVideo })).toMatchObject({ callType: 'video' })
    expect(parseIncomingCall({ type: 'call', sessionId: 's', hasVideo, callType: 'audio' })).toMatchObject({
      hasVideo: false,
    })
  })

  it('is read from the outer keys rather than from the nested `data`', () => {
    const nested = {
      ...apns,
      data: { ...apns.data, sessionId: 'other', callerName: 'Mallory', senderAvatar: '' },
    }
    expect(parseIncomingCall(nested)).toEqual({ action: 'ring', ...call })
  })

  it('with nothing but a type and a session still has a UUID for CallKit, always the same', () => {
    const minimal = parseIncomingCall({ type: 'call', sessionId: 'v1.us.xyz' })
    expect(minimal).toEqual({
      action: 'ring',
      sessionId: 'v1.us.xyz',
      uuid: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/),
      callType: 'audio',
      hasVideo: false,
      caller: { uid: '', name: '' },
      receiver: { uid: '', name: '', type: 'user' },
      conversationId: '',
      sentAt: 0,
    })
    const stop = parseIncomingCall({
      type: 'call',
      callAction: 'cancelled',
      sessionId: 'v1.us.xyz',
      uuid: 'not a uuid',
    })
    expect(stop?.uuid).toBe(minimal?.uuid)
    expect(parseIncomingCall({ type: 'call', sessionId: 'v1.us.xyy' })?.uuid).not.toBe(minimal?.uuid)
  })
})

describe('a stop', () => {
  const actions = [...endActions, 'ongoing'] as const
  it.each(actions.flatMap(reason => (['call', 'incoming_call'] as const).map(type => ({ reason, type }))))(
    'is never read as a ring and has its reason: $reason, for an app of type $type',
    ({ reason, type }) => {
      const stop = buildFcmStop(event, SENT_AT, type, reason)
      expect(parseIncomingCall(stop)).toMatchObject({ action: 'stop', reason, sessionId: event.sessionId })
      expect(parseIncomingCall(remoteMessage(stop))).toEqual(parseIncomingCall(stop))
    },
  )

  it.each(['call', 'incoming_call'] as const)(
    'needs only the session id and the key that marks it as a stop: type %s',
    type => {
      const stop: Record<string, unknown> = buildFcmStop(event, SENT_AT, type, 'cancelled')
      for (const key of Object.keys(stop).filter(name => name !== 'sessionId')) {
        const action = key === 'callAction' && type === 'call' ? 'ring' : 'stop'
        expect([key, parseIncomingCall(withoutField(stop, [key]))?.action]).toEqual([key, action])
      }
      expect(parseIncomingCall(withoutField(stop, ['sessionId']))).toBeUndefined()
    },
  )

  it.each([
    { type: 'call', callAction: 'paused' },
    { type: 'call_ended', callAction: 'initiated' },
    { type: 'call_ended' },
  ])('has no reason if the action is unknown: %j', keys => {
    const stop = parseIncomingCall({ ...keys, sessionId: 's' })
    expect(stop).toMatchObject({ action: 'stop' })
    expect(stop).not.toHaveProperty('reason')
  })
})

describe('parseIncomingCall', () => {
  it.each<[string, unknown]>([
    ['a chat push', { ...fcm, type: 'chat' }],
    ['a missed call', { ...fcm, type: 'missed_call', callAction: 'unanswered' }],
    ['an alert push', { aps: { alert: { title: 'Alice', body: 'Hello' } }, type: 'chat', sessionId: 's' }],
    ['another service’s push', { type: 'promotion', sessionId: 's', data: { title: 'Sale' } }],
    ['a push without a type or an action', { sessionId: 's', callerName: 'Alice' }],
    ['a RemoteMessage without data', { messageId: '1', notification: { title: 'Hello' } }],
    ['a push with an empty session id', { ...fcm, sessionId: '' }],
    ['JSON that was not parsed', JSON.stringify(fcm)],
    ['undefined', undefined],
    ['null', null],
    ['a list', [fcm]],
    ['a function', () => fcm],
  ])('returns undefined for %s', (_, payload) => {
    expect(parseIncomingCall(payload)).toBeUndefined()
  })
})

describe('an old ring', () => {
  it('expires after 30 s, or after the server’s ring time', () => {
    const ring = { sentAt: SENT_AT }
    expect([29_999, 30_000, 30_001].map(age => isExpired(ring, SENT_AT + age))).toEqual([false, false, true])
    expect(isExpired(ring, SENT_AT + 44_000, 45_000)).toBe(false)
  })

  it('does not expire if the push has no time or the phone’s clock is slow', () => {
    expect(isExpired({ sentAt: 0 }, SENT_AT)).toBe(false)
    expect(isExpired({ sentAt: SENT_AT }, SENT_AT - 60_000)).toBe(false)
  })
})
