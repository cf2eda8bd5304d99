import { parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { type Path, withField, withoutField } from './vary.ts'
import {
  APP_ID,
  alice,
  bob,
  carol,
  chess,
  choir,
  legacyMeetingAnnounced,
  legacyMessage,
  MEETING_AT,
  MEETING_ID,
  type Meeting,
  meetingAnnounced,
  messageSent,
  participantJoined,
  providerChat,
  providerMeeting,
  sessionEnded,
  type Webhook,
} from './webhooks.ts'

const ringMeetings = { ringMeetings: true }
const noMeeting = /does not announce a meeting/
const read = (webhook: Webhook) => JSON.parse(JSON.stringify(parseWebhook(webhook, ringMeetings)))

const announced = {
  sessionId: 'chess-club',
  announcedBy: MEETING_ID,
  caller: alice,
  receiver: { uid: 'chess-club', name: 'Chess club', type: 'group' },
  callType: 'video',
  conversationId: 'group_chess-club',
  tag: MEETING_ID,
  sentAt: MEETING_AT,
}

/** Each webhook that announces a meeting, and where the message is in it. */
const announcements: [string, (meeting?: Partial<Meeting>) => Webhook, Path][] = [
  ['message_sent', meetingAnnounced, ['data', 'message']],
  ['after_message', legacyMeetingAnnounced, ['data']],
  ['the custom provider', providerMeeting, ['data', 'notificationDetails', 'message']],
]

describe('the announcement of a meeting', () => {
  it.each<[string, Webhook]>([
    ['message_sent', meetingAnnounced()],
    ['after_message', legacyMeetingAnnounced()],
  ])('is a call to its group: %s', (_, webhook) => {
    expect(read(webhook)).toEqual({
      status: 'event',
      event: { kind: 'group', ...announced },
      appId: APP_ID,
    })
  })

  it('is a ring for the one member to whom the custom provider reports it', () => {
    for (const to of [bob, carol]) {
      expect(read(providerMeeting({ to }))).toEqual({
        status: 'event',
        event: { kind: 'ring', recipient: to.uid, ...announced },
        appId: APP_ID,
      })
    }
  })

  it('is a ring for the other user in a conversation between two', () => {
    const meeting = { callee: bob, receiverType: 'user', sessionId: 'alice_user_bob' } as const
    const event = {
      ...announced,
      kind: 'ring',
      sessionId: 'alice_user_bob',
      recipient: 'bob',
      receiver: { ...bob, type: 'user' },
      conversationId: 'alice_user_bob',
    }
    expect(read(meetingAnnounced(meeting))).toMatchObject({ event })
    expect(read(providerMeeting(meeting))).toMatchObject({ event })
  })

  it.each(announcements)('has the call type, the session and the group’s picture: %s', (_, build) => {
    expect(
      read(build({ callType: 'audio', sessionId: 'v1.eu.room', callee: choir, messageId: '7' })),
    ).toMatchObject({
      event: {
        callType: 'audio',
        sessionId: 'v1.eu.room',
        announcedBy: '7',
        tag: '7',
        receiver: { ...choir, type: 'group' },
      },
    })
  })

  it.each(announcements)('is read without the fields that can be derived: %s', (_, build, at) => {
    const { name, ...nameless } = announced.receiver
    const minimal = [
      [...at, 'conversationId'],
      [...at, 'data', 'customData', 'sessionId'],
      [...at, 'data', 'customData', 'callType'],
    ].reduce(withoutField, build({ entities: false }))
    expect(read(minimal)).toMatchObject({
      event: { ...announced, caller: { uid: 'alice' }, receiver: nameless },
    })
    expect(read(withoutField(minimal, [...at, 'sentAt'])).event).not.toHaveProperty('sentAt')
    expect(read(withField(minimal, [...at, 'id'], 90_290))).toMatchObject({
      event: { announcedBy: MEETING_ID },
    })
  })

  it.each(announcements)('is invalid with a malformed field, which is named: %s', (_, build, at) => {
    for (const field of [
      ['id'],
      ['sender'],
      ['receiver'],
      ['receiverType'],
      ['data'],
      ['data', 'customData'],
    ]) {
      const path = [...at, ...field]
      const faults = [{ path: path.join('.') }]
      expect(read(withoutField(build(), path))).toMatchObject({ status: 'invalid', faults })
      expect(read(withField(build(), path, true))).toMatchObject({ status: 'invalid', faults })
    }
    for (const [field, value] of [
      [['data', 'customData', 'callType'], 'hologram'],
      [['data', 'customData', 'sessionId'], 's'.repeat(201)],
      [['sentAt'], 'now'],
      [['id'], ''],
    ] as const) {
      const path = [...at, ...field]
      expect(read(withField(build(), path, value))).toMatchObject({
        status: 'invalid',
        faults: [{ path: path.join('.') }],
      })
    }
  })

  it.each<[string, Webhook, RegExp]>([
    ['is from the receiver', meetingAnnounced({ callee: alice, receiverType: 'user' }), /same user/],
    ['is reported to the caller', providerMeeting({ to: alice }), /caller/],
    ['is an ordinary message', messageSent(), noMeeting],
    ['is an ordinary message, as after_message', legacyMessage('after_message'), noMeeting],
    [
      'has type meeting, but is not a custom message',
      withField(meetingAnnounced(), ['data', 'message', 'category'], 'message'),
      noMeeting,
    ],
    [
      'is another kind of custom message',
      withField(meetingAnnounced(), ['data', 'message', 'type'], 'location'),
      noMeeting,
    ],
    ['has no message', withoutField(meetingAnnounced(), ['data', 'message']), noMeeting],
    ['has a list for a message', withField(meetingAnnounced(), ['data', 'message'], [[]]), noMeeting],
  ])('is ignored when it %s', (_, webhook, reason) => {
    expect(read(webhook)).toMatchObject({ status: 'ignored', reason: expect.stringMatching(reason) })
  })
})

describe('a meeting of two', () => {
  const meeting = meetingAnnounced({ callee: bob, receiverType: 'user' })
  const withoutSession = withoutField(meeting, ['data', 'message', 'data', 'customData', 'sessionId'])

  it('rings the other user', () => {
    expect(read(meeting)).toMatchObject({ event: { kind: 'ring', recipient: 'bob' } })
  })

  // With the receiver's uid as the session id, all callers of that user would share one session.
  it('is ignored without a session id', () => {
    expect(read(withoutSession)).toMatchObject({
      status: 'ignored',
      reason: expect.stringContaining('data.customData.sessionId'),
    })
  })
})

describe('a member whose uid is the group’s guid', () => {
  const namesake = { uid: chess.uid, name: 'A player', avatar: 'https://pictures.example.com/player.webp' }

  it('can announce a meeting of the group', () => {
    expect(read(meetingAnnounced({ caller: namesake }))).toMatchObject({
      event: { kind: 'group', caller: namesake, receiver: { uid: 'chess-club', name: 'Chess club' } },
    })
  })

  it('is rung when another member announces one', () => {
    expect(read(providerMeeting({ to: namesake }))).toMatchObject({
      event: { kind: 'ring', recipient: 'chess-club', caller: alice },
    })
  })
})

describe('the session of a meeting', () => {
  it('is answered when a member joins', () => {
    const joined = participantJoined('meeting', { who: bob, sessionId: 'chess-club', platform: 'ios' })
    expect(parseWebhook(joined, ringMeetings)).toMatchObject({
      event: { kind: 'answer', sessionId: 'chess-club', uid: 'bob', platform: 'ios' },
    })
  })

  it('ends when all have left', () => {
    expect(parseWebhook(sessionEnded('meeting', { sessionId: 'chess-club' }), ringMeetings)).toMatchObject({
      event: { kind: 'end', action: 'ended', sessionId: 'chess-club' },
    })
  })
})

describe('when meetings do not ring', () => {
  it.each<[string, Webhook]>([
    ['message_sent', meetingAnnounced()],
    ['after_message', legacyMeetingAnnounced()],
    ['a participant of the meeting', participantJoined('meeting', { who: bob })],
    ['the meeting’s end', sessionEnded('meeting')],
    ['a malformed announcement', withoutField(meetingAnnounced(), ['data', 'message', 'sender'])],
  ])('%s is ignored, and the reason names the setting', (_, webhook) => {
    const ignored = { status: 'ignored', reason: expect.stringContaining('RINGER_RING_MEETINGS=true') }
    expect(parseWebhook(webhook)).toMatchObject(ignored)
    expect(parseWebhook(webhook, {})).toMatchObject(ignored)
    expect(parseWebhook(webhook, { ringMeetings: false })).toMatchObject(ignored)
  })

  it('the custom provider’s announcement is an ordinary notification', () => {
    expect(parseWebhook(providerMeeting())).toMatchObject({
      event: {
        kind: 'chat',
        recipient: 'bob',
        notification: { title: 'Chess club', body: 'Alice Moreau: started a meeting' },
      },
    })
  })

  it('other notifications of the custom provider are parsed as when meetings ring', () => {
    expect(read(providerChat())).toEqual(JSON.parse(JSON.stringify(parseWebhook(providerChat()))))
    const without = withoutField(providerMeeting(), ['data', 'notificationDetails', 'message'])
    expect(read(without)).toMatchObject({ event: { kind: 'chat' } })
  })
})
