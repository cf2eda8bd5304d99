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
      'signalling that names the session and the caller only',
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
      'signalling without a time of its own, which counts from when the call was initiated',
      withoutField(signalledRing(), ['data', 'call', 'sentAt']),
      { ...ring, tag: MESSAGE_ID, sentAt: SENT_AT },
    ],
    [
      'signalling without a conversation id',
      withoutField(signalledRing(), ['data', 'call', 'conversationId']),
      { ...ring, tag: MESSAGE_ID, sentAt: SENT_AT },
    ],
    [
      'signalling whose message has another sender than the call (the call is right)',
      withField(signalledRing(), ['data', 'call', 'sender'], 'carol'),
      { ...ring, tag: MESSAGE_ID, sentAt: SENT_AT },
    ],
    [
      'signalling whose actor is not the caller (the names are those of the call)',
      withField(signalledRing(), ['data', 'call', 'data', 'entities', 'by', 'entity'], carol),
      { ...ring, tag: MESSAGE_ID, sentAt: SENT_AT },
    ],
    [
      'signalling whose message id is a number',
      withField(signalledRing(), ['data', 'call', 'id'], 90311),
      { ...ring, tag: '90311', sentAt: SENT_AT },
    ],
    [
      'signalling with pictures that are null',
      withField(
        withField(signalledRing(), ['data', 'call', 'data', 'entities', 'by', 'entity', 'avatar'], null),
        [...onEntity, 'data', 'entities', 'sender', 'entity', 'avatar'],
        null,
      ),
      { ...ring, caller: { uid: 'alice', name: 'Alice Moreau' }, tag: MESSAGE_ID, sentAt: SENT_AT },
    ],
    [
      'signalling the other way round without a conversation id, whose name is the same',
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
      'the custom provider, with texts that are empty',
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

  it('comes from an app, or from no app where the dialect names none', () => {
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
  ])('is timed in milliseconds by an event timed in %s', (_, given, sentAt) => {
    const webhook = withField(signalledRing(), ['data', 'call', 'sentAt'], given)
    expect(parseWebhook(webhook)).toMatchObject({ event: { sentAt } })
  })

  it.each(['sentAt', 'id', 'conversationId'])(
    'takes null in %s, which it can do without, for absent',
    name => {
      const path = ['data', 'call', name]
      const parsed = parseWebhook(withField(signalledRing(), path, null))
      expect(parsed).toEqual(parseWebhook(withoutField(signalledRing(), path)))
      expect(parsed.status).toBe('event')
    },
  )

  it('passes over fields that it does not know', () => {
    const webhook = withField(
      { ...signalledRing(), novelty: { deep: [1, 2] } },
      ['data', 'call', 'data', 'entities', 'on', 'entity', 'novelty'],
      [[]],
    )
    expect(parsed(webhook)).toEqual(parsed(signalledRing()))
  })

  it('carries names that any JSON parser accepts, though CometChat cut one in the middle of an emoji', () => {
    const torn = providerCall('initiated', { caller: { uid: 'alice', name: 'Alice \ud83d' } })
    expect(parseWebhook(torn)).toMatchObject({ event: { caller: { name: 'Alice \ufffd' } } })
  })
})

const end = { kind: 'end', sessionId: SESSION_ID, sentAt: SENT_AT }

describe('an end', () => {
  const actions = ['cancelled', 'rejected', 'unanswered', 'busy'] as const

  it.each(actions)('%s is read from signalling with its session, whoever acted', action => {
    expect(parsed(signalledEnd(action))).toEqual({
      status: 'event',
      event: { ...end, action, conversationId: 'alice_user_bob', tag: '90347' },
      appId: APP_ID,
    })
  })

  it.each(actions)('%s is read from the documented sample, which names no session', action => {
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

  it.each(actions)('%s is read from the flat dialect', action => {
    expect(parsed(initiatorEnd(action))).toEqual({
      status: 'event',
      event: { kind: 'end', action, sessionId: SESSION_ID, tag: SESSION_ID },
    })
  })

  it('ended is read from the media dialect', () => {
    expect(parsed(sessionEnded('call'))).toEqual({
      status: 'event',
      event: { ...end, action: 'ended' },
      appId: APP_ID,
    })
  })

  it.each([...actions, 'ended'])('%s is read from the custom provider', action => {
    expect(parsed(providerCall(action))).toEqual({
      status: 'event',
      event: { ...end, action, conversationId: 'alice_user_bob', tag: MESSAGE_ID },
      appId: APP_ID,
    })
  })

  it('stops one member’s phones only, when the custom provider tells one member of a group', () => {
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
  ])('says what the participant joined with: %s', (platform, said) => {
    expect(parseWebhook(participantJoined('call', { who: bob, platform }))).toMatchObject({
      event: { platform: said },
    })
  })

  const joined = participantJoined('call', { who: bob })
  it.each<[string, Webhook]>([
    ['is not said', participantJoined('call', { who: bob, platform: '' })],
    ['is a word of tomorrow', participantJoined('call', { who: bob, platform: 'visionos' })],
    ['is a number', withField(joined, ['data', 'initial_config', 'platform'], 7)],
    ['is null', withField(joined, ['data', 'initial_config', 'platform'], null)],
    ['would be in a configuration that is null', withField(joined, ['data', 'initial_config'], null)],
    ['would be in a configuration that is a list', withField(joined, ['data', 'initial_config'], ['web'])],
  ])('is an answer all the same where the platform %s', (_, webhook) => {
    expect(parsed(webhook)).toEqual({
      status: 'event',
      event: { ...answer, uid: 'bob' },
      appId: APP_ID,
    })
  })

  it('is read from the custom provider’s ongoing call, of whoever was called', () => {
    expect(parsed(providerCall('ongoing'))).toEqual({ status: 'event', event: answer, appId: APP_ID })
  })
})

describe('nothing to do', () => {
  const group = { callee: chess, receiverType: 'group' as const }

  it.each<[string, Webhook, RegExp]>([
    ['a ring without entities, which no app could answer', signalledRing({ entities: 'none' }), /session id/],
    ['a ring of a group without entities', signalledRing({ ...group, entities: 'none' }), /session id/],
    ['a call to oneself, by signalling', signalledRing({ callee: alice }), /same user/],
    ['a call to oneself, in the flat dialect', initiatorRing({ callee: alice }), /same user/],
    ['a call to oneself, as call.received', receivedRing({ callee: alice }), /same user/],
    ['the caller’s own notification', providerCall('initiated', { to: alice }), /caller/],
    ['a participant of whom only the name is known', participantJoined('call'), /uid/],
    ['an ongoing call of a group', providerCall('ongoing', group), /group/],
    ['an action that is not known', providerCall('missed'), /callAction "missed"/],
    ['the caller’s own entry into the session', started('call'), /call_started/],
    ['call_participant_left', participantLeft('call'), /call_participant_left/],
    ['meeting_started', started('meeting'), /meeting_started/],
    ['meeting_participant_joined', participantJoined('meeting', { who: bob }), /RINGER_RING_MEETINGS/],
    ['meeting_participant_left', participantLeft('meeting'), /meeting_participant_left/],
    ['meeting_ended', sessionEnded('meeting'), /RINGER_RING_MEETINGS/],
    ['recording_generated', recordingGenerated(), /recording_generated/],
    ['transcription_generated', transcriptionGenerated(), /transcription_generated/],
    ['a notification of tomorrow', providerChat({ details: { type: 'poll' } }), /"poll"/],
    ['message_sent', messageSent(), /no meeting/],
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
    ['after_message', legacyMessage('after_message'), /no meeting/],
    ['message_delivery_receipt', legacyReceipt('message_delivery_receipt'), /message_delivery_receipt/],
    ['message_read_receipt', legacyReceipt('message_read_receipt'), /message_read_receipt/],
    ['after_connection_status_changed', legacyConnectionChanged(), /after_connection_status_changed/],
    ['a trigger of tomorrow', { trigger: 'call_levitated', data: {} }, /call_levitated/],
    ['a trigger named like a method of every object', { trigger: 'toString', data: {} }, /toString/],
    ['a trigger named __proto__', { trigger: '__proto__', data: {} }, /__proto__/],
  ])('for %s', (_, webhook, reason) => {
    expect(parseWebhook(webhook)).toMatchObject({ status: 'ignored', reason: expect.stringMatching(reason) })
  })

  it.each<[string, Webhook]>([
    ['trigger', { trigger: 'x'.repeat(100_000), data: {} }],
    ['type of a notification', providerChat({ details: { type: 'x'.repeat(100_000) } })],
  ])('does not repeat an endless %s in its reason', (_, webhook) => {
    const { status, ...rest } = parseWebhook(webhook)
    expect(status).toBe('ignored')
    expect(JSON.stringify(rest).length).toBeLessThan(200)
  })
})

/** Fields that are undefined are as good as absent. */
const parsed = (webhook: unknown) => JSON.parse(JSON.stringify(parseWebhook(webhook)))
