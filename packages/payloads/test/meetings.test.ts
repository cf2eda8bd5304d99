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

/** Each way in which a meeting is announced, and where in it the message is. */
const announcements: [string, (meeting?: Partial<Meeting>) => Webhook, Path][] = [
  ['message_sent', meetingAnnounced, ['data', 'message']],
  ['after_message', legacyMeetingAnnounced, ['data']],
  ['the custom provider', providerMeeting, ['data', 'notificationDetails', 'message']],
]

describe('the announcement of a meeting', () => {
  it.each<[string, Webhook]>([
    ['message_sent', meetingAnnounced()],
    ['after_message', legacyMeetingAnnounced()],
  ])('calls its group: %s', (_, webhook) => {
    expect(read(webhook)).toEqual({
      status: 'event',
      event: { kind: 'group', ...announced },
      appId: APP_ID,
    })
  })

  it('calls one member where the custom provider tells that member', () => {
    for (const to of [bob, carol]) {
      expect(read(providerMeeting({ to }))).toEqual({
        status: 'event',
        event: { kind: 'ring', recipient: to.uid, ...announced },
        appId: APP_ID,
      })
    }
  })

  it('calls the one user of a conversation between two', () => {
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

  it.each(announcements)(
    'says what the call does: audio or video, its session, a picture: %s',
    (_, build) => {
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
    },
  )

  it.each(announcements)('can do without all that can be known otherwise: %s', (_, build, at) => {
    const { name, ...nameless } = announced.receiver
    const bare = [
      [...at, 'conversationId'],
      [...at, 'data', 'customData', 'sessionId'],
      [...at, 'data', 'customData', 'callType'],
    ].reduce(withoutField, build({ entities: false }))
    expect(read(bare)).toMatchObject({
      event: { ...announced, caller: { uid: 'alice' }, receiver: nameless },
    })
    expect(read(withoutField(bare, [...at, 'sentAt'])).event).not.toHaveProperty('sentAt')
    expect(read(withField(bare, [...at, 'id'], 90_290))).toMatchObject({ event: { announcedBy: MEETING_ID } })
  })

  it.each(announcements)('is named where it is malformed: %s', (_, build, at) => {
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
    ['to oneself', meetingAnnounced({ callee: alice, receiverType: 'user' }), /same user/],
    ['told to the one who made it', providerMeeting({ to: alice }), /caller/],
    ['that is a message like any other', messageSent(), /no meeting/],
    ['that is an older message like any other', legacyMessage('after_message'), /no meeting/],
    [
      'in a text: type meeting, but no custom message',
      withField(meetingAnnounced(), ['data', 'message', 'category'], 'message'),
      /no meeting/,
    ],
    [
      'of another kind of custom message',
      withField(meetingAnnounced(), ['data', 'message', 'type'], 'location'),
      /no meeting/,
    ],
    ['without its message', withoutField(meetingAnnounced(), ['data', 'message']), /no meeting/],
    ['whose message is a list', withField(meetingAnnounced(), ['data', 'message'], [[]]), /no meeting/],
  ])('rings nobody when it is one %s', (_, webhook, reason) => {
    expect(read(webhook)).toMatchObject({ status: 'ignored', reason: expect.stringMatching(reason) })
  })
})

describe('a member whose uid is the group’s guid', () => {
  const namesake = { uid: chess.uid, name: 'A player', avatar: 'https://pictures.example.com/player.webp' }

  it('may announce a meeting of the group', () => {
    expect(read(meetingAnnounced({ caller: namesake }))).toMatchObject({
      event: { kind: 'group', caller: namesake, receiver: { uid: 'chess-club', name: 'Chess club' } },
    })
  })

  it('is rung by another’s', () => {
    expect(read(providerMeeting({ to: namesake }))).toMatchObject({
      event: { kind: 'ring', recipient: 'chess-club', caller: alice },
    })
  })
})

describe('a session that is a meeting', () => {
  it('is answered by whoever joins', () => {
    const joined = participantJoined('meeting', { who: bob, sessionId: 'chess-club', platform: 'ios' })
    expect(parseWebhook(joined, ringMeetings)).toMatchObject({
      event: { kind: 'answer', sessionId: 'chess-club', uid: 'bob', platform: 'ios' },
    })
  })

  it('comes to its end', () => {
    expect(parseWebhook(sessionEnded('meeting', { sessionId: 'chess-club' }), ringMeetings)).toMatchObject({
      event: { kind: 'end', action: 'ended', sessionId: 'chess-club' },
    })
  })
})

describe('where meetings are not to ring', () => {
  it.each<[string, Webhook]>([
    ['message_sent', meetingAnnounced()],
    ['after_message', legacyMeetingAnnounced()],
    ['a participant of the meeting', participantJoined('meeting', { who: bob })],
    ['the meeting’s end', sessionEnded('meeting')],
    ['a malformed announcement', withoutField(meetingAnnounced(), ['data', 'message', 'sender'])],
  ])('%s does nothing, and says how it would', (_, webhook) => {
    const ignored = { status: 'ignored', reason: expect.stringContaining('RINGER_RING_MEETINGS=true') }
    expect(parseWebhook(webhook)).toMatchObject(ignored)
    expect(parseWebhook(webhook, {})).toMatchObject(ignored)
    expect(parseWebhook(webhook, { ringMeetings: false })).toMatchObject(ignored)
  })

  it('the custom provider’s announcement is a notification like any other', () => {
    expect(parseWebhook(providerMeeting())).toMatchObject({
      event: {
        kind: 'chat',
        recipient: 'bob',
        notification: { title: 'Chess club', body: 'Alice Moreau: started a meeting' },
      },
    })
  })

  it('the other notifications are what they are where meetings ring', () => {
    expect(read(providerChat())).toEqual(JSON.parse(JSON.stringify(parseWebhook(providerChat()))))
    const without = withoutField(providerMeeting(), ['data', 'notificationDetails', 'message'])
    expect(read(without)).toMatchObject({ event: { kind: 'chat' } })
  })
})
