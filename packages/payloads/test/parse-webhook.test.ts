import { parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import { withField, withoutField } from './vary.ts'
import {
  APP_ID,
  alice,
  bob,
  carol,
  chess,
  groupDeleted,
  groupMember,
  initiatorEnd,
  initiatorRing,
  legacyConnectionChanged,
  legacyMeetingAnnounced,
  legacyMessage,
  legacyReceipt,
  MESSAGE_ID,
  meetingAnnounced,
  messageSent,
  participantJoined,
  participantLeft,
  providerCall,
  providerChat,
  receivedRing,
  recordingGenerated,
  SENT_AT,
  SESSION_ID,
  sessionEnded,
  signalledEnd,
  signalledRing,
  started,
  transcriptionGenerated,
  userBlocked,
  userConnectionChanged,
  type Webhook,
} from './webhooks.ts'

const ring = {
  kind: 'ring',
  sessionId: SESSION_ID,
  recipient: 'bob',
  caller: alice,
  receiver: { ...bob, type: 'user' },
  callType: 'video',
  conversationId: 'alice_user_bob',
}

const onEntity = ['data', 'call', 'data', 'entities', 'on', 'entity']

describe('a ring', () => {
  it.each<[string, Webhook, object]>([
    ['signalling with all its entities', signalledRing(), { ...ring, tag: MESSAGE_ID, sentAt: SENT_AT }],
    [
      'signalling that names only the session and the caller',
      signalledRing({ entities: 'lean', callType: 'audio' }),
      {
        ...ring,
        caller: { uid: 'alice', name: 'Alice Moreau' },
        receiver: { uid: 'bob', type: 'user' },
        callType: 'audio',
        tag: MESSAGE_ID,
        sentAt: SENT_AT,
      },
    ],
    [
      'signalling without sentAt, with the time at which the call was initiated',
      withoutField(signalledRing(), ['data', 'call', 'sentAt']),
      { ...ring, tag: MESSAGE_ID, sentAt: SENT_AT },
    ],
    [
      'signalling without a conversation id',
      withoutField(signalledRing(), ['data', 'call', 'conversationId']),
      { ...ring, tag: MESSAGE_ID, sentAt: SENT_AT },
    ],
    [
      'signalling whose message and call have different senders, with the sender of the call',
      withField(signalledRing(), ['data', 'call', 'sender'], 'carol'),
      { ...ring, tag: MESSAGE_ID, sentAt: SENT_AT },
    ],
    [
      'signalling whose actor is not the caller, with the names from the call',
      withField(signalledRing(), ['data', 'call', 'data', 'entities', 'by', 'entity'], carol),
      { ...ring, tag: MESSAGE_ID, sentAt: SENT_AT },
    ],
    [
      'signalling whose message id is a number',
      withField(signalledRing(), ['data', 'call', 'id'], 90311),
      { ...ring, tag: '90311', sentAt: SENT_AT },
    ],
    [
      'signalling whose pictures are null',
      withField(
        withField(signalledRing(), ['data', 'call', 'data', 'entities', 'by', 'entity', 'avatar'], null),
        [...onEntity, 'data', 'entities', 'sender', 'entity', 'avatar'],
        null,
      ),
      { ...ring, caller: { uid: 'alice', name: 'Alice Moreau' }, tag: MESSAGE_ID, sentAt: SENT_AT },
    ],
    [
      'signalling from Bob to Alice without a conversation id, with the same id as from Alice to Bob',
      withoutField(signalledRing({ caller: bob, callee: alice }), ['data', 'call', 'conversationId']),
      {
        ...ring,
        recipient: 'alice',
        caller: bob,
        receiver: { ...alice, type: 'user' },
        tag: MESSAGE_ID,
        sentAt: SENT_AT,
      },
    ],
    [
      'the custom provider, whose texts are empty',
      providerCall('initiated', { caller: { uid: 'alice', name: '', avatar: '' } }),
      { ...ring, caller: { uid: 'alice' }, tag: MESSAGE_ID, body: 'VIDEO CALL', sentAt: SENT_AT },
    ],
    ['the flat dialect of the recipes', initiatorRing(), { ...ring, tag: SESSION_ID }],
    [
      'the flat dialect without a receiver type',
      withoutField(initiatorRing(), ['data', 'receiverType']),
      { ...ring, tag: SESSION_ID },
    ],
    [
      'call.received',
      receivedRing(),
      { ...ring, caller: { uid: 'alice', name: 'Alice Moreau' }, receiver: { uid: 'bob', type: 'user' } },
    ],
    [
      'the custom provider',
      providerCall('initiated'),
      { ...ring, tag: MESSAGE_ID, title: 'Alice Moreau', body: 'VIDEO CALL', sentAt: SENT_AT },
    ],
    [
      'the custom provider, for a member of a group',
      providerCall('initiated', { callee: chess, receiverType: 'group', to: carol }),
      {
        ...ring,
        recipient: 'carol',
        receiver: { uid: 'chess-club', name: 'Chess club', type: 'group' },
        conversationId: 'group_chess-club',
        tag: MESSAGE_ID,
        title: 'Alice Moreau',
        body: 'VIDEO CALL',
        sentAt: SENT_AT,
      },
    ],
  ])('is read from %s', (_, webhook, event) => {
    expect(parsed(webhook)).toEqual({ status: 'event', event, appId: webhook.appId })
  })

  it('has the app id of the webhook, or none if the webhook has none', () => {
    expect(parseWebhook(signalledRing()).appId).toBe(APP_ID)
    expect(parseWebhook(initiatorRing()).appId).toBeUndefined()
    expect(parseWebhook({ ...signalledRing(), appId: null }).appId).toBeUndefined()
    expect(parseWebhook({ ...signalledRing(), appId: '' }).appId).toBeUndefined()
  })

  it.each([
    ['seconds', 1_781_024_530, SENT_AT],
    ['seconds with a fraction', 1_781_024_530.25, SENT_AT + 250],
    ['milliseconds', 1_781_024_530_123, 1_781_024_530_123],
    ['seconds as a string', '1781024530', SENT_AT],
    ['milliseconds as a string', '1781024530123', 1_781_024_530_123],
  ])('has its time in milliseconds when the webhook has %s', (_, given, sentAt) => {
    const webhook = withField(signalledRing(), ['data', 'call', 'sentAt'], given)
    expect(parseWebhook(webhook)).toMatchObject({ event: { sentAt } })
  })

  it.each(['sentAt', 'id', 'conversationId'])('counts null as absent in the optional field %s', name => {
    const path = ['data', 'call', name]
    const parsed = parseWebhook(withField(signalledRing(), path, null))
    expect(parsed).toEqual(parseWebhook(withoutField(signalledRing(), path)))
    expect(parsed.status).toBe('event')
  })

  it('is the same if the webhook has unknown fields', () => {
    const webhook = withField(
      { ...signalledRing(), novelty: { deep: [1, 2] } },
      ['data', 'call', 'data', 'entities', 'on', 'entity', 'novelty'],
      [[]],
    )
    expect(parsed(webhook)).toEqual(parsed(signalledRing()))
  })

  it('has a repaired name, which any JSON parser accepts, if CometChat cut the name in the middle of an emoji', () => {
    const webhook = providerCall('initiated', { caller: { uid: 'alice', name: 'Alice \ud83d' } })
    expect(parseWebhook(webhook)).toMatchObject({ event: { caller: { name: 'Alice \ufffd' } } })
  })

  // A user chooses their own name. With such a one, a phone would show a call from nobody.
  it.each([' ', '\t\n', '\u0000', '\u200b\u200e', '\u3164', '\u2800', '\u202e\u2066'])(
    'has no name and no title if they show nothing: %j',
    name => {
      const { event } = parsed(providerCall('initiated', { caller: { uid: 'alice', name } }))
      expect([event.caller, event.title]).toEqual([{ uid: 'alice' }, undefined])
    },
  )
})

describe('a name that is too long for any push', () => {
  it.each([
    ['letters', 'a'.repeat(200_000), 4_096],
    ['emoji, without half of one at the end', `a${'🦊'.repeat(100_000)}`, 4_096],
  ])('is cut to the size of a push: %s', (_, name, length) => {
    const parsed = parseWebhook(
      signalledRing({ caller: { uid: 'alice', name }, callee: chess, receiverType: 'group' }),
    )
    if (parsed.status !== 'event' || parsed.event.kind !== 'group') throw new Error('expected a group event')
    expect(parsed.event.caller.name?.length).toBe(length)
    expect(parsed.event.caller.name?.isWellFormed()).toBe(true)
  })
})

const end = { kind: 'end', sessionId: SESSION_ID, sentAt: SENT_AT }

describe('an end', () => {
  const actions = ['cancelled', 'rejected', 'unanswered', 'busy'] as const

  it.each(actions)('is read from signalling with its session, whoever acted: %s', action => {
    expect(parsed(signalledEnd(action))).toEqual({
      status: 'event',
      event: { ...end, action, conversationId: 'alice_user_bob', tag: '90347' },
      appId: APP_ID,
    })
  })

  it.each(actions)('is read from the documented sample, which names no session: %s', action => {
    expect(parsed(signalledEnd(action, { entities: 'none' }))).toEqual({
      status: 'event',
      event: {
        kind: 'end',
        action,
        conversationId: 'alice_user_bob',
        tag: '90347',
        sentAt: SENT_AT,
      },
      appId: APP_ID,
    })
  })

  it.each(actions)('is read from the flat dialect: %s', action => {
    expect(parsed(initiatorEnd(action))).toEqual({
      status: 'event',
      event: { kind: 'end', action, sessionId: SESSION_ID, tag: SESSION_ID },
    })
  })

  it('is read from the media dialect: ended', () => {
    expect(parsed(sessionEnded('call'))).toEqual({
      status: 'event',
      event: { ...end, action: 'ended' },
      appId: APP_ID,
    })
  })

  it.each<[string, unknown[] | undefined, string[] | undefined]>([
    ['once each', [{ uid: 'Bob', name: 'Bob' }, { uid: 'alice' }, { uid: 'bob' }], ['alice', 'bob']],
    ['not if one has no uid', [{ uid: 'bob' }, { name: 'Alice' }], undefined],
    ['not if a uid is none', [{ uid: 7 }], undefined],
    ['not if there is nobody', [], undefined],
    ['not if they are no list', undefined, undefined],
    [
      'not if they are more than 100',
      Array.from({ length: 101 }, (_, uid) => ({ uid: `u${uid}` })),
      undefined,
    ],
  ])('lists who was in the session: %s', (_, occupants, expected) => {
    const webhook = withField(sessionEnded('call'), ['data', 'all_occupants'], occupants)
    expect(parsed(webhook)).toMatchObject({ event: { action: 'ended' } })
    expect(parsed(webhook)).toMatchObject({ event: expected ? { occupants: expected } : {} })
    if (!expected) expect(parsed(webhook)).not.toHaveProperty('event.occupants')
  })

  it.each([...actions, 'ended'])('is read from the custom provider: %s', action => {
    expect(parsed(providerCall(action))).toEqual({
      status: 'event',
      event: { ...end, action, conversationId: 'alice_user_bob', tag: MESSAGE_ID },
      appId: APP_ID,
    })
  })

  it('has one recipient if the custom provider reports it to one member of a group', () => {
    const webhook = providerCall('cancelled', { callee: chess, receiverType: 'group', to: carol })
    expect(parseWebhook(webhook)).toMatchObject({ event: { kind: 'end', recipient: 'carol' } })
  })
})

const answer = { kind: 'answer', sessionId: SESSION_ID, sentAt: SENT_AT }

describe('an answer', () => {
  it('is read from the participant who joined the call', () => {
    expect(parsed(participantJoined('call', { who: bob }))).toEqual({
      status: 'event',
      event: { ...answer, uid: 'bob', platform: 'web' },
      appId: APP_ID,
    })
  })

  it.each([
    ['web', 'web'],
    ['android', 'android'],
    ['ios', 'ios'],
    ['Android', 'android'],
    ['iOS', 'ios'],
  ])('has the platform from which the participant joined: %s', (platform, expected) => {
    expect(parseWebhook(participantJoined('call', { who: bob, platform }))).toMatchObject({
      event: { platform: expected },
    })
  })

  const joined = participantJoined('call', { who: bob })
  it.each<[string, Webhook]>([
    ['is absent', participantJoined('call', { who: bob, platform: '' })],
    ['is unknown', participantJoined('call', { who: bob, platform: 'visionos' })],
    ['is a number', withField(joined, ['data', 'initial_config', 'platform'], 7)],
    ['is null', withField(joined, ['data', 'initial_config', 'platform'], null)],
    ['is missing because the configuration is null', withField(joined, ['data', 'initial_config'], null)],
    [
      'is missing because the configuration is a list',
      withField(joined, ['data', 'initial_config'], ['web']),
    ],
  ])('is read without a platform when the platform %s', (_, webhook) => {
    expect(parsed(webhook)).toEqual({
      status: 'event',
      event: { ...answer, uid: 'bob' },
      appId: APP_ID,
    })
  })

  it('is read from the custom provider’s action ongoing, without a uid', () => {
    expect(parsed(providerCall('ongoing'))).toEqual({ status: 'event', event: answer, appId: APP_ID })
  })
})

describe('parseWebhook', () => {
  const group = { callee: chess, receiverType: 'group' as const }

  it.each<[string, Webhook, RegExp]>([
    ['a ring without entities, which no app could answer', signalledRing({ entities: 'none' }), /session id/],
    ['a ring of a group without entities', signalledRing({ ...group, entities: 'none' }), /session id/],
    ['a call to oneself, by signalling', signalledRing({ callee: alice }), /same user/],
    ['a call to oneself, in the flat dialect', initiatorRing({ callee: alice }), /same user/],
    ['a call to oneself, as call.received', receivedRing({ callee: alice }), /same user/],
    ['the caller’s own notification', providerCall('initiated', { to: alice }), /caller/],
    ['a participant who has a name but no uid', participantJoined('call'), /uid/],
    ['an ongoing call of a group', providerCall('ongoing', group), /group/],
    ['an unknown action', providerCall('missed'), /callAction "missed"/],
    ['call_started, which reports the caller’s own entry into the session', started('call'), /call_started/],
    ['call_participant_left', participantLeft('call'), /call_participant_left/],
    ['meeting_started', started('meeting'), /meeting_started/],
    ['meeting_participant_joined', participantJoined('meeting', { who: bob }), /RINGER_RING_MEETINGS/],
    ['meeting_participant_left', participantLeft('meeting'), /meeting_participant_left/],
    ['meeting_ended', sessionEnded('meeting'), /RINGER_RING_MEETINGS/],
    ['recording_generated', recordingGenerated(), /recording_generated/],
    ['transcription_generated', transcriptionGenerated(), /transcription_generated/],
    ['a notification of an unknown type', providerChat({ details: { type: 'poll' } }), /"poll"/],
    ['message_sent', messageSent(), /does not announce a meeting/],
    ['a meeting’s announcement', meetingAnnounced(), /RINGER_RING_MEETINGS/],
    ['a meeting’s announcement, as after_message', legacyMeetingAnnounced(), /RINGER_RING_MEETINGS/],
    ['user_blocked', userBlocked('user_blocked'), /user_blocked/],
    ['user_unblocked', userBlocked('user_unblocked'), /user_unblocked/],
    ['user_connection_status_changed', userConnectionChanged(), /user_connection_status_changed/],
    ['group_member_added', groupMember('added'), /group_member_added/],
    ['group_member_joined', groupMember('joined'), /group_member_joined/],
    ['group_member_left', groupMember('left'), /group_member_left/],
    ['group_member_kicked', groupMember('kicked'), /group_member_kicked/],
    ['group_member_banned', groupMember('banned'), /group_member_banned/],
    ['group_deleted', groupDeleted(), /group_deleted/],
    ['before_message', legacyMessage('before_message'), /before_message/],
    ['after_message', legacyMessage('after_message'), /does not announce a meeting/],
    ['message_delivery_receipt', legacyReceipt('message_delivery_receipt'), /message_delivery_receipt/],
    ['message_read_receipt', legacyReceipt('message_read_receipt'), /message_read_receipt/],
    ['after_connection_status_changed', legacyConnectionChanged(), /after_connection_status_changed/],
    ['an unknown trigger', { trigger: 'call_levitated', data: {} }, /call_levitated/],
    ['a trigger named like a method of every object', { trigger: 'toString', data: {} }, /toString/],
    ['a trigger named __proto__', { trigger: '__proto__', data: {} }, /__proto__/],
  ])('ignores, with a reason, %s', (_, webhook, reason) => {
    expect(parseWebhook(webhook)).toMatchObject({ status: 'ignored', reason: expect.stringMatching(reason) })
  })

  it.each<[string, Webhook]>([
    ['trigger', { trigger: 'x'.repeat(100_000), data: {} }],
    ['type of a notification', providerChat({ details: { type: 'x'.repeat(100_000) } })],
  ])('shortens a very long %s in the reason', (_, webhook) => {
    const { status, ...rest } = parseWebhook(webhook)
    expect(status).toBe('ignored')
    expect(JSON.stringify(rest).length).toBeLessThan(200)
  })
})

/** The result after a round trip through JSON, which drops the fields that are undefined. */
const parsed = (webhook: unknown) => JSON.parse(JSON.stringify(parseWebhook(webhook)))
