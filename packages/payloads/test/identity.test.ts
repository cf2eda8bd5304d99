import {
  apnsId,
  type CallEvent,
  callUuid,
  deadlineOf,
  eventId,
  missedCallId,
  parseWebhook,
  ringId,
} from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
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

  it('is another for each meeting, also where the session is a UUID', () => {
    for (const sessionId of ['chess-club', '9b2f6c1e-0a4d-4f7b-8a55-6de0c1f2a3b4']) {
      const uuids = [callUuid(sessionId), callUuid(sessionId, '90290'), callUuid(sessionId, '90291')]
      expect(uuids.every(uuid => UUID.test(uuid))).toBe(true)
      expect(new Set(uuids).size).toBe(3)
      expect(callUuid(sessionId, '90290')).toBe(uuids[1])
    }
    expect(callUuid('chess-club', '90290')).not.toBe(callUuid('choir', '90290'))
  })

  it('does not change with an update of Ringer', () => {
    expect(callUuid('v1.123.aik2')).toBe('d14b7e3d-575b-5d72-89f4-7f33689adb5b')
    expect(callUuid('chess-club', '90290')).toBe('2cf220b6-58d9-5aec-b15c-cd868503f8f6')
  })
})

describe('the apns-id', () => {
  const ring = ringId(APP_ID, { sessionId: 'v1.eu.1', recipient: 'bob' })

  it('is one UUID for all attempts of a ring on a device', () => {
    expect(apnsId(ring, 'device-1')).toMatch(UUID)
    expect(apnsId(ring, 'device-1')).toBe(apnsId(ring, 'device-1'))
    expect(apnsId(ring, 'device-1')).toBe('129ebc2d-52c5-535c-bfcc-9b1f99937e3a')
  })

  it('is another for another device and for another ring', () => {
    const ids = [
      apnsId(ring, 'device-1'),
      apnsId(ring, 'device-2'),
      apnsId(ringId(APP_ID, { sessionId: 'v1.eu.2', recipient: 'bob' }), 'device-1'),
    ]
    expect(new Set(ids).size).toBe(3)
  })
})

describe('the id of a ring', () => {
  it('tells apps, sessions and recipients apart, wherever the border between them lies', () => {
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

  it('is another for each meeting of a session', () => {
    const ids = [
      ringId('app', { sessionId: 'chess-club', recipient: 'bob' }),
      ringId('app', { sessionId: 'chess-club', recipient: 'bob', announcedBy: '90290' }),
      ringId('app', { sessionId: 'chess-club', recipient: 'bob', announcedBy: '90291' }),
      ringId('app', { sessionId: 'chess-club', recipient: 'carol', announcedBy: '90290' }),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('is one for a member who hears of a meeting with the group and alone', () => {
    const group = eventOf(meetingAnnounced())
    const member = eventOf(providerMeeting({ to: bob }))
    if (group.kind !== 'group' || member.kind !== 'ring') throw new Error('these are a group and a member')
    expect(ringId(APP_ID, member)).toBe(ringId(APP_ID, { ...group, recipient: 'bob' }))
    expect(ringId(APP_ID, eventOf(signalledRing()) as typeof member)).toBe(ringId(APP_ID, ringEvent()))
  })

  it('does not change with an update of Ringer', () => {
    expect(ringId('app', { sessionId: 'v1.eu.1', recipient: 'bob' })).toBe(
      '5a809e49-2911-5960-8887-b77ca13fbea2',
    )
    expect(ringId('app', { sessionId: 'chess-club', recipient: 'bob', announcedBy: '90290' })).toBe(
      '4684b6c5-47e9-59f1-ac71-1044ab0df089',
    )
  })
})

describe('the id of a missed call', () => {
  it('is one for a ring, and another than the ring’s own', () => {
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
    ['an answer, whatever is said of the platform', ...answersOnTwoPlatforms],
    ['an end and its retry', sessionEnded('call'), sessionEnded('call')],
    ['an end, told by both feeds with one time', sessionEnded('call'), providerCall('ended')],
    [
      'a cancellation, told by two feeds at two times',
      signalledEnd('cancelled'),
      providerCall('cancelled', { sentAt: SENT_AT + 400 }),
    ],
    ['a call of a group and its retry', signalledRing(group), signalledRing(group)],
    ['a call of a group, told by two dialects', signalledRing(group), initiatorInApp(group)],
    ['a meeting and its retry', meetingAnnounced(), meetingAnnounced()],
    ['a meeting, told by two webhooks', meetingAnnounced(), legacyMeetingAnnounced()],
    ['a meeting told to one member, and its retry', providerMeeting(), providerMeeting()],
    ['a message and its retry', providerChat(), providerChat()],
    ['a reaction and its retry', providerReaction(), providerReaction()],
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
    // Who leaves and joins again, or joins the next meeting of the session, answers anew.
    [
      'two times at which one person joined',
      participantJoined('meeting', { who: bob }),
      participantJoined('meeting', { who: bob, at: SENT_AT + 60_000 }),
    ],
    [
      'the ends of two meetings of a session',
      sessionEnded('meeting'),
      sessionEnded('meeting', { at: SENT_AT + 60_000 }),
    ],
    ['a call of a group and of its namesake', signalledRing(group), signalledRing({ callee: chess })],
    [
      'the calls of two groups by one session',
      signalledRing(group),
      signalledRing({ ...group, callee: choir }),
    ],
    ['two meetings of a group', meetingAnnounced(), meetingAnnounced({ messageId: '90291' })],
    [
      'a meeting and a call of one session',
      meetingAnnounced(),
      signalledRing({ ...group, sessionId: 'chess-club' }),
    ],
    ['two meetings, told to one member', providerMeeting(), providerMeeting({ messageId: '90291' })],
    ['a meeting, told to two members', providerMeeting({ to: bob }), providerMeeting({ to: carol })],
    ['a message and the reaction to it', providerChat(), providerReaction()],
    ['two messages', providerChat(), providerChat({ details: { tag: '90289' } })],
    [
      'a message and its like a moment later',
      providerChat(),
      providerChat({ details: { sentAt: '1781024001001' } }),
    ],
    ['two texts of one tag', providerGroupAction(), providerGroupAction({ details: { body: 'Bob left' } })],
    ['a message, told to two people', providerChat({ to: bob }), providerChat({ to: carol })],
    ['two numbers on the icon', providerChat(), providerChat({ details: { unreadMessageCount: 6 } })],
    ['two JSONs of the app’s own', providerChat(), providerChat({ details: { custom: { theme: 'dark' } } })],
    ['a message of two apps', providerChat(), { ...providerChat(), appId: 'another-app' }],
    [
      'an end and the next session’s',
      initiatorEnd('busy'),
      initiatorEnd('busy', { sessionId: 'v1.eu.next' }),
    ],
  ])('differs between %s', (_, one, other) => {
    expect(idOf(other)).not.toBe(idOf(one))
  })

  it('differs between two devices on which one person answered', () => {
    const answer = { kind: 'answer', sessionId: 'v1.eu.1', uid: 'bob', sentAt: SENT_AT } as const
    const ids = [answer, { ...answer, deviceId: 'd1' }, { ...answer, deviceId: 'd2' }].map(event =>
      eventId(APP_ID, event),
    )
    expect(new Set(ids).size).toBe(3)
  })

  // A worker reads the event from a job, as JSON, and the id of what it sends on is made from that.
  it.each<[string, Webhook]>([
    ['ring', signalledRing()],
    ['call of a group', signalledRing(group)],
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
  ])('is the same after a %s went through a queue', (_, webhook) => {
    const event = eventOf(webhook)
    expect(eventId(APP_ID, JSON.parse(JSON.stringify(event)))).toBe(eventId(APP_ID, event))
  })

  it('may be used as a job’s id, where a colon is not allowed', () => {
    expect(idOf(signalledRing({ sessionId: 'v1:eu:1' }))).toMatch(UUID)
    expect(idOf(providerChat())).toMatch(UUID)
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
  return eventId(String(webhook.appId ?? 'the configured app'), eventOf(webhook))
}

function eventOf(webhook: Webhook): CallEvent {
  const parsed = parseWebhook(webhook, { ringMeetings: true })
  if (parsed.status !== 'event') throw new Error(`this webhook is no event: ${JSON.stringify(parsed)}`)
  return parsed.event
}
