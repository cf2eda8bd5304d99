import { type CallEvent, callUuid, eventId, missedCallId, parseWebhook, ringId } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { apnsId } from '../../providers/src/apns/payloads/apns-id.ts'
import { ringEvent } from './ring-events.ts'
import { withField, withoutField } from './vary.ts'
import {
  APP_ID,
  alice,
  bob,
  carol,
  chess,
  choir,
  initiatorEnd,
  initiatorRing,
  legacyMeetingAnnounced,
  meetingAnnounced,
  participantJoined,
  providerCall,
  providerChat,
  providerGroupAction,
  providerMeeting,
  providerReaction,
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
      'made of the 32 hex digits after the last dot',
      'v1.eu.3f0c9a71d2b84e6f90ab12cd34ef5678',
      '3F0C9A71-D2B8-4E6F-90AB-12CD34EF5678',
    ],
    [
      'made of the first 32 hex digits if there are more',
      'v1.us.3f0c9a71d2b84e6f90ab12cd34ef567899ff',
      '3F0C9A71-D2B8-4E6F-90AB-12CD34EF5678',
    ],
    [
      'made of the 32 hex digits of a session id without a dot',
      '3F0C9A71D2B84E6F90AB12CD34EF5678',
      '3F0C9A71-D2B8-4E6F-90AB-12CD34EF5678',
    ],
    [
      'the session id if it is a UUID',
      '9b2f6c1e-0a4d-4f7b-8a55-6de0c1f2a3b4',
      '9b2f6c1e-0a4d-4f7b-8a55-6de0c1f2a3b4',
    ],
    [
      'the UUID after the last dot',
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
    ['hex digits only before the last dot', 'v1.3f0c9a71d2b84e6f90ab12cd34ef5678.x'],
    ['nothing after the dot', 'v1.'],
    ['a guid', 'chess-club'],
    ['a UUID and a suffix', '9b2f6c1e-0a4d-4f7b-8a55-6de0c1f2a3b4-2'],
  ])('is always the same name-based UUID for a session id with %s', (_, sessionId) => {
    expect(callUuid(sessionId)).toMatch(UUID)
    expect(callUuid(sessionId)).toBe(callUuid(sessionId))
    expect(callUuid(sessionId)).not.toBe(callUuid(`${sessionId}x`))
  })

  it('differs between meetings, even if the session id is a UUID', () => {
    for (const sessionId of ['chess-club', '9b2f6c1e-0a4d-4f7b-8a55-6de0c1f2a3b4']) {
      const uuids = [callUuid(sessionId), callUuid(sessionId, '90290'), callUuid(sessionId, '90291')]
      expect(uuids.every(uuid => UUID.test(uuid))).toBe(true)
      expect(new Set(uuids).size).toBe(3)
      expect(callUuid(sessionId, '90290')).toBe(uuids[1])
    }
    expect(callUuid('chess-club', '90290')).not.toBe(callUuid('choir', '90290'))
  })

  it('stays the same across versions of Ringer', () => {
    expect(callUuid('v1.123.aik2')).toBe('d14b7e3d-575b-5d72-89f4-7f33689adb5b')
    expect(callUuid('chess-club', '90290')).toBe('2cf220b6-58d9-5aec-b15c-cd868503f8f6')
  })
})

describe('the apns-id', () => {
  const ring = ringId(APP_ID, { sessionId: 'v1.eu.1', recipient: 'bob' })

  it('is the same UUID for all attempts of a ring on a device', () => {
    expect(apnsId(ring, 'device-1')).toMatch(UUID)
    expect(apnsId(ring, 'device-1')).toBe(apnsId(ring, 'device-1'))
    expect(apnsId(ring, 'device-1')).toBe('129ebc2d-52c5-535c-bfcc-9b1f99937e3a')
  })

  it('differs between devices and between rings', () => {
    const ids = [
      apnsId(ring, 'device-1'),
      apnsId(ring, 'device-2'),
      apnsId(ringId(APP_ID, { sessionId: 'v1.eu.2', recipient: 'bob' }), 'device-1'),
    ]
    expect(new Set(ids).size).toBe(3)
  })
})

describe('the id of a ring', () => {
  it('differs if the app, the session or the recipient differs, even if their concatenation does not', () => {
    const ids = [
      ringId('app', { sessionId: 'session', recipient: 'bob' }),
      ringId('app', { sessionId: 'session', recipient: 'carol' }),
      ringId('app', { sessionId: 'session-2', recipient: 'bob' }),
      ringId('app-2', { sessionId: 'session', recipient: 'bob' }),
      ringId('app', { sessionId: 'sessionb', recipient: 'ob' }),
      ringId('app","session', { sessionId: 'bob', recipient: '' }),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.every(id => UUID.test(id))).toBe(true)
  })

  it('differs between the meetings of a session', () => {
    const ids = [
      ringId('app', { sessionId: 'chess-club', recipient: 'bob' }),
      ringId('app', { sessionId: 'chess-club', recipient: 'bob', announcedBy: '90290' }),
      ringId('app', { sessionId: 'chess-club', recipient: 'bob', announcedBy: '90291' }),
      ringId('app', { sessionId: 'chess-club', recipient: 'carol', announcedBy: '90290' }),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('is the same for a member whether the meeting is reported to the group or to the member', () => {
    const group = eventOf(meetingAnnounced())
    const member = eventOf(providerMeeting({ to: bob }))
    if (group.kind !== 'group' || member.kind !== 'ring')
      throw new Error('expected a group event and a ring event')
    expect(ringId(APP_ID, member)).toBe(ringId(APP_ID, { ...group, recipient: 'bob' }))
    expect(ringId(APP_ID, eventOf(signalledRing()) as typeof member)).toBe(ringId(APP_ID, ringEvent()))
  })

  it('stays the same across versions of Ringer', () => {
    expect(ringId('app', { sessionId: 'v1.eu.1', recipient: 'bob' })).toBe(
      '5a809e49-2911-5960-8887-b77ca13fbea2',
    )
    expect(ringId('app', { sessionId: 'chess-club', recipient: 'bob', announcedBy: '90290' })).toBe(
      '4684b6c5-47e9-59f1-ac71-1044ab0df089',
    )
  })
})

describe('the id of a missed call', () => {
  it('is the same for one ring, and differs from the ring’s own id', () => {
    const ring = ringId('app', { sessionId: 'v1.eu.1', recipient: 'bob' })
    const next = ringId('app', { sessionId: 'v1.eu.2', recipient: 'bob' })
    expect(missedCallId(ring)).toMatch(UUID)
    expect(missedCallId(ring)).toBe(missedCallId(ring))
    expect(new Set([ring, missedCallId(ring), missedCallId(next)]).size).toBe(3)
  })
})

describe('the id of an event', () => {
  const group = { callee: chess, receiverType: 'group' as const }
  const answersOnTwoPlatforms = ['web', 'ios'].map(platform =>
    participantJoined('call', { who: bob, platform }),
  ) as [Webhook, Webhook]
  const initiatorInApp = (call: typeof group) => ({ ...initiatorRing(call), appId: APP_ID })

  it.each<[string, Webhook, Webhook]>([
    ['a ring and its retry', signalledRing(), signalledRing()],
    ['a ring from two webhook configurations', signalledRing(), signalledRing({ webhook: 'ringer-two' })],
    ['a ring from a webhook and from the custom provider', signalledRing(), providerCall('initiated')],
    [
      'a ring with full and with lean entities',
      signalledRing(),
      signalledRing({ entities: 'lean', messageId: '90312' }),
    ],
    ['a cancellation and its retry', signalledEnd('cancelled'), signalledEnd('cancelled')],
    [
      'a cancellation from a webhook and from the custom provider',
      signalledEnd('cancelled'),
      providerCall('cancelled'),
    ],
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
    ['an answer from two platforms', ...answersOnTwoPlatforms],
    ['an end and its retry', sessionEnded('call'), sessionEnded('call')],
    [
      'an end from a webhook and from the custom provider with the same time',
      sessionEnded('call'),
      providerCall('ended'),
    ],
    [
      'a cancellation from a webhook and from the custom provider with different times',
      signalledEnd('cancelled'),
      providerCall('cancelled', { sentAt: SENT_AT + 400 }),
    ],
    ['a call to a group and its retry', signalledRing(group), signalledRing(group)],
    ['a call to a group in two dialects', signalledRing(group), initiatorInApp(group)],
    ['a meeting and its retry', meetingAnnounced(), meetingAnnounced()],
    ['a meeting from message_sent and from after_message', meetingAnnounced(), legacyMeetingAnnounced()],
    ['a meeting reported to one member, and its retry', providerMeeting(), providerMeeting()],
    ['a message and its retry', providerChat(), providerChat()],
    ['a reaction and its retry', providerReaction(), providerReaction()],
    ['a flat ring and call.received', initiatorRing(), receivedRing()],
  ])('is equal for %s', (_, one, other) => {
    expect(idOf(other)).toBe(idOf(one))
  })

  it.each<[string, Webhook, Webhook]>([
    ['a ring and its cancellation', signalledRing(), signalledEnd('cancelled')],
    ['a ring and its answer', signalledRing(), participantJoined('call', { who: bob })],
    ['an unanswered call and its cancellation', signalledEnd('unanswered'), signalledEnd('cancelled')],
    ['two calls between the same users', signalledRing(), signalledRing({ sessionId: 'v1.eu.next' })],
    [
      'a call and the call in the other direction',
      signalledRing(),
      signalledRing({ caller: bob, callee: alice }),
    ],
    [
      'the rings of two members of a group',
      providerCall('initiated', { ...group, to: bob }),
      providerCall('initiated', { ...group, to: carol }),
    ],
    [
      'the ends of two members of a group',
      providerCall('cancelled', { ...group, to: bob }),
      providerCall('cancelled', { ...group, to: carol }),
    ],
    [
      'the answers of two users',
      participantJoined('call', { who: bob }),
      participantJoined('call', { who: carol }),
    ],
    [
      'a cancellation without a session and a later one in the same conversation',
      signalledEnd('cancelled', { entities: 'none' }),
      signalledEnd('cancelled', { entities: 'none', messageId: '90399', sentAt: SENT_AT + 60_000 }),
    ],
    [
      'two cancellations with nothing but different times',
      withoutField(signalledEnd('cancelled', { entities: 'none' }), ['data', 'call', 'id']),
      withoutField(signalledEnd('cancelled', { entities: 'none', sentAt: SENT_AT + 60_000 }), [
        'data',
        'call',
        'id',
      ]),
    ],
    ['the same ring in two apps', signalledRing(), { ...signalledRing(), appId: 'another-app' }],
    // A user who leaves and joins again, or joins the next meeting of the session, answers again.
    [
      'one user joining at two times',
      participantJoined('meeting', { who: bob }),
      participantJoined('meeting', { who: bob, at: SENT_AT + 60_000 }),
    ],
    [
      'the ends of two meetings of a session',
      sessionEnded('meeting'),
      sessionEnded('meeting', { at: SENT_AT + 60_000 }),
    ],
    [
      'two ends of a session in one second, of different people',
      sessionEnded('meeting', { who: [alice] }),
      sessionEnded('meeting', { who: [bob] }),
    ],
    [
      'a call to a group and a call to a user whose uid is its guid',
      signalledRing(group),
      signalledRing({ callee: chess }),
    ],
    [
      'calls to two groups with one session',
      signalledRing(group),
      signalledRing({ ...group, callee: choir }),
    ],
    ['two meetings of a group', meetingAnnounced(), meetingAnnounced({ messageId: '90291' })],
    [
      'a meeting and a call with one session',
      meetingAnnounced(),
      signalledRing({ ...group, sessionId: 'chess-club' }),
    ],
    ['two meetings reported to one member', providerMeeting(), providerMeeting({ messageId: '90291' })],
    ['a meeting reported to two members', providerMeeting({ to: bob }), providerMeeting({ to: carol })],
    ['a message and the reaction to it', providerChat(), providerReaction()],
    ['two messages', providerChat(), providerChat({ details: { tag: '90289' } })],
    [
      'a message and the same text a moment later',
      providerChat(),
      providerChat({ details: { sentAt: '1781024001001' } }),
    ],
    ['two texts with one tag', providerGroupAction(), providerGroupAction({ details: { body: 'Bob left' } })],
    ['one message to two recipients', providerChat({ to: bob }), providerChat({ to: carol })],
    ['two counts for the icon', providerChat(), providerChat({ details: { unreadMessageCount: 6 } })],
    [
      'two values of the app’s own JSON',
      providerChat(),
      providerChat({ details: { custom: { theme: 'dark' } } }),
    ],
    ['the same message in two apps', providerChat(), { ...providerChat(), appId: 'another-app' }],
    ['the ends of two sessions', initiatorEnd('busy'), initiatorEnd('busy', { sessionId: 'v1.eu.next' })],
  ])('differs between %s', (_, one, other) => {
    expect(idOf(other)).not.toBe(idOf(one))
  })

  it('differs between two devices on which one user answered', () => {
    const answer = { kind: 'answer', sessionId: 'v1.eu.1', uid: 'bob', sentAt: SENT_AT } as const
    const ids = [answer, { ...answer, deviceId: 'd1' }, { ...answer, deviceId: 'd2' }].map(event =>
      eventId(APP_ID, event),
    )
    expect(new Set(ids).size).toBe(3)
  })

  // A worker reads the event from a job, as JSON, and derives an alert's id from it.
  it.each<[string, Webhook]>([
    ['ring', signalledRing()],
    ['call to a group', signalledRing(group)],
    ['meeting', meetingAnnounced()],
    ['answer', participantJoined('call', { who: bob })],
    ['end', sessionEnded('call')],
    [
      'message',
      withField(providerChat(), ['data', 'notificationDetails', 'message'], {
        9: 'nine',
        b: [-0, 1e21, 'half \ud83d'],
        1: { __proto__: null, z: null },
      }),
    ],
    ['reaction', providerReaction()],
  ])('is the same after a %s has passed through a queue', (_, webhook) => {
    const event = eventOf(webhook)
    expect(eventId(APP_ID, JSON.parse(JSON.stringify(event)))).toBe(eventId(APP_ID, event))
  })

  it('is usable as a job id, which must not contain a colon', () => {
    expect(idOf(signalledRing({ sessionId: 'v1:eu:1' }))).toMatch(UUID)
    expect(idOf(providerChat())).toMatch(UUID)
  })
})

function idOf(webhook: Webhook): string {
  return eventId(String(webhook.appId ?? 'the configured app'), eventOf(webhook))
}

function eventOf(webhook: Webhook): CallEvent {
  const parsed = parseWebhook(webhook, { ringMeetings: true })
  if (parsed.status !== 'event') throw new Error(`expected an event: ${JSON.stringify(parsed)}`)
  return parsed.event
}
