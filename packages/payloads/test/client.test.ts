import { buildApnsRing, buildFcmRing, buildFcmStop, callUuid, endActions } from '@ringer/payloads'
import { isExpired, parseIncomingCall } from '@ringer/payloads/client'
import { describe, expect, it } from 'vitest'
import { ringEvent } from './ring-events.ts'
import { withoutField } from './vary.ts'
import { alice, bob, SENT_AT } from './webhooks.ts'

const event = ringEvent({ sessionId: 'v1.eu.3f0c9a71d2b84e6f90ab12cd34ef5678' })
const said = {
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
    ['the same, in which a bridge made numbers of booleans', { ...apns, hasVideo: 1 }],
    ['FCM’s data map of type call', fcm],
    ['FCM’s data map of type incoming_call', buildFcmRing(event, SENT_AT, 'incoming_call')],
    ['a RemoteMessage', remoteMessage(fcm)],
    ['a RemoteMessage with a Map', remoteMessage(new Map(Object.entries(fcm)))],
    ['a Map', new Map(Object.entries(fcm))],
    ['an object without a prototype', Object.assign(Object.create(null), fcm)],
    ['values that became numbers and booleans', { ...fcm, hasVideo: true, sentAt: SENT_AT }],
  ])('is read from %s', (_, payload) => {
    expect(parseIncomingCall(payload)).toEqual({ action: 'ring', ...said })
  })

  it('of a group names the group, and the uid where there is no name', () => {
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

  it.each([true, 'true', 1, '1'])('without a call type has a picture if hasVideo is %j', hasVideo => {
    expect(parseIncomingCall({ type: 'call', sessionId: 's', hasVideo })).toMatchObject({ callType: 'video' })
    expect(parseIncomingCall({ type: 'call', sessionId: 's', hasVideo, callType: 'audio' })).toMatchObject({
      hasVideo: false,
    })
  })

  it('believes the keys around a nested `data` more than those in it', () => {
    const nested = {
      ...apns,
      data: { ...apns.data, sessionId: 'other', callerName: 'Mallory', senderAvatar: '' },
    }
    expect(parseIncomingCall(nested)).toEqual({ action: 'ring', ...said })
  })

  it('without any key but type and session is still one that CallKit takes, always the same', () => {
    const bare = parseIncomingCall({ type: 'call', sessionId: 'v1.us.xyz' })
    expect(bare).toEqual({
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
      uuid: 'no uuid',
    })
    expect(stop?.uuid).toBe(bare?.uuid)
    expect(parseIncomingCall({ type: 'call', sessionId: 'v1.us.xyy' })?.uuid).not.toBe(bare?.uuid)
  })
})

describe('a stop', () => {
  const actions = [...endActions, 'ongoing'] as const
  it.each(actions.flatMap(reason => (['call', 'incoming_call'] as const).map(type => ({ reason, type }))))(
    'is never a ring and says why: $reason, of an app of type $type',
    ({ reason, type }) => {
      const stop = buildFcmStop(event, SENT_AT, type, reason)
      expect(parseIncomingCall(stop)).toMatchObject({ action: 'stop', reason, sessionId: event.sessionId })
      expect(parseIncomingCall(remoteMessage(stop))).toEqual(parseIncomingCall(stop))
    },
  )

  it.each(['call', 'incoming_call'] as const)(
    'needs no key but the session and what makes it one: %s',
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
  ])('is what an unknown action is, without a reason: %j', keys => {
    const stop = parseIncomingCall({ ...keys, sessionId: 's' })
    expect(stop).toMatchObject({ action: 'stop' })
    expect(stop).not.toHaveProperty('reason')
  })
})

describe('no call', () => {
  it.each<[string, unknown]>([
    ['a chat push', { ...fcm, type: 'chat' }],
    ['a missed call', { ...fcm, type: 'missed_call', callAction: 'unanswered' }],
    ['an alert', { aps: { alert: { title: 'Alice', body: 'Hello' } }, type: 'chat', sessionId: 's' }],
    ['another service’s push', { type: 'promotion', sessionId: 's', data: { title: 'Sale' } }],
    ['a push without a type or an action', { sessionId: 's', callerName: 'Alice' }],
    ['a RemoteMessage without data', { messageId: '1', notification: { title: 'Hello' } }],
    ['an empty session', { ...fcm, sessionId: '' }],
    ['JSON that nobody parsed', JSON.stringify(fcm)],
    ['nothing', undefined],
    ['null', null],
    ['a list', [fcm]],
    ['a function', () => fcm],
  ])('is what the parser says of %s', (_, payload) => {
    expect(parseIncomingCall(payload)).toBeUndefined()
  })
})

describe('a ring that is old', () => {
  it('expires when the call has rung for 30 s, or for as long as the server says', () => {
    const call = { sentAt: SENT_AT }
    expect([29_999, 30_000, 30_001].map(age => isExpired(call, SENT_AT + age))).toEqual([false, false, true])
    expect(isExpired(call, SENT_AT + 44_000, 45_000)).toBe(false)
  })

  it('does not expire where the push tells no time, nor by a clock that is slow', () => {
    expect(isExpired({ sentAt: 0 }, SENT_AT)).toBe(false)
    expect(isExpired({ sentAt: SENT_AT }, SENT_AT - 60_000)).toBe(false)
  })
})
