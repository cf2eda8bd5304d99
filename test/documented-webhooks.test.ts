import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import {
  alice,
  bob,
  type Call,
  carol,
  chess,
  groupDeleted,
  groupMember,
  initiatorRing,
  legacyConnectionChanged,
  legacyMessage,
  legacyReceipt,
  meetingAnnounced,
  messageSent,
  participantJoined,
  participantLeft,
  providerCall,
  providerChat,
  providerGroupAction,
  providerReaction,
  receivedRing,
  recordingGenerated,
  sessionEnded,
  signalledEnd,
  signalledRing,
  started,
  transcriptionGenerated,
  userBlocked,
  userConnectionChanged,
  type Webhook,
} from '../packages/payloads/test/webhooks.ts'
import { basic, deliver, register, tokens } from './webhooks.ts'
import { itInSharedWorld as it, login, type World } from './world.ts'

const paths: Record<string, string> = { custom: '/providers/cometchat' }

it.beforeAll(async ({ world }) => {
  world.addWorker()
  await register(world.ingress, { uid: bob.uid, platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: bob.uid, platform: 'android', token: tokens.android })
})

const send = (world: World, webhook: Webhook) =>
  deliver(world.ingress, webhook, {
    path: paths[String(webhook.webhook)] ?? '/webhooks/cometchat',
    headers: { authorization: basic(login) },
  })

/** Waits for the first push of this session to each phone, and returns all of them. */
async function pushesOf(world: World, sessionId: string) {
  const about = (push: { data: unknown }) =>
    (push.data as { sessionId?: string } | null)?.sessionId === sessionId
  await Promise.all([
    world.apns.waitFor(received => received.some(about)),
    world.fcm.waitFor(received => received.some(about)),
  ])
  return { iphone: world.apns.received.filter(about), android: world.fcm.received.filter(about) }
}

describe('a documented webhook that rings', () => {
  const now = () => ({ sessionId: `v1.eu.${randomUUID()}`, sentAt: Date.now() })
  it.for<[string, (call: Partial<Call>) => Webhook, Partial<Call>]>([
    ['call_initiated with full entities', signalledRing, { callType: 'video' }],
    [
      'call_initiated as in the documented sample',
      call => signalledRing({ ...call, entities: 'lean' }),
      { callType: 'audio' },
    ],
    ['call_initiated of the flat dialect', initiatorRing, { callType: 'video' }],
    ['call.received', receivedRing, { callType: 'audio' }],
    ['the custom provider', call => providerCall('initiated', call), { callType: 'audio' }],
  ])(
    '%s rings once, with the right caller, recipient and call type',
    async ([_name, build, call], { world }) => {
      const { sessionId, ...rest } = { ...now(), ...call }
      expect(await send(world, build({ sessionId, ...rest }))).toMatchObject({
        status: 200,
        body: { status: 'queued' },
      })
      const { iphone, android } = await pushesOf(world, sessionId)
      const { callType } = rest
      const expected = {
        callerUid: alice.uid,
        callerName: alice.name,
        receiver: bob.uid,
        callType,
        sessionId,
      }
      expect(iphone.map(push => push.data)).toMatchObject([{ ...expected, hasVideo: callType === 'video' }])
      expect(android.map(push => push.data)).toMatchObject([
        { ...expected, hasVideo: String(callType === 'video') },
      ])
    },
  )

  it('the custom provider rings a member of a group', async ({ world }) => {
    const call = { ...now(), callee: chess, receiverType: 'group' as const, to: bob }
    await send(world, providerCall('initiated', call))
    const { iphone } = await pushesOf(world, call.sessionId)
    expect(iphone.map(push => push.data)).toMatchObject([
      { receiver: chess.uid, receiverType: 'group', callerUid: alice.uid },
    ])
  })

  it('rings once when both the webhook and the custom provider report the call', async ({ world }) => {
    const call = now()
    await Promise.all([
      send(world, signalledRing(call)),
      send(world, providerCall('initiated', call)),
      send(world, receivedRing(call)),
    ])
    const later = now()
    await send(world, signalledRing(later))
    await pushesOf(world, later.sessionId)
    const { iphone, android } = await pushesOf(world, call.sessionId)
    expect([iphone.length, android.length]).toEqual([1, 1])
  })
})

describe('a documented webhook that does not ring', () => {
  it.for<[string, Webhook]>([
    ['call_cancelled', signalledEnd('cancelled')],
    ['call_rejected, which names no session', signalledEnd('rejected', { entities: 'none' })],
    ['call_busy, which names no session', signalledEnd('busy', { entities: 'none' })],
    ['call_unanswered, which names no session', signalledEnd('unanswered', { entities: 'none' })],
    ['call_ended', sessionEnded('call')],
    ['call_participant_joined with a uid', participantJoined('call', { who: bob })],
    ['the custom provider: ongoing', providerCall('ongoing')],
    ['the custom provider: busy', providerCall('busy')],
    ['the custom provider: chat', providerChat()],
    ['the custom provider: reaction', providerReaction()],
    ['the custom provider: group action', providerGroupAction()],
    ['call_initiated to a group', signalledRing({ callee: chess, receiverType: 'group' })],
  ])('%s is stored, and rings nobody', async ([_name, webhook], { world }) => {
    const before = world.apns.received.length
    expect(await send(world, webhook)).toMatchObject({ status: 200, body: { status: 'queued' } })
    expect(world.apns.received).toHaveLength(before)
  })
})

describe('a documented webhook that does not concern rings', () => {
  it.for<[string, Webhook]>([
    ['call_initiated without entities, which no app could answer', signalledRing({ entities: 'none' })],
    ['call_started', started('call')],
    ['call_participant_joined without a uid', participantJoined('call')],
    ['call_participant_left', participantLeft('call')],
    ['meeting_started', started('meeting')],
    ['meeting_participant_joined', participantJoined('meeting')],
    ['meeting_participant_left', participantLeft('meeting')],
    ['meeting_ended', sessionEnded('meeting')],
    ['recording_generated', recordingGenerated()],
    ['transcription_generated', transcriptionGenerated()],
    ['message_sent', messageSent()],
    ['message_sent of a meeting', meetingAnnounced()],
    ['user_blocked', userBlocked('user_blocked')],
    ['user_unblocked', userBlocked('user_unblocked')],
    ['user_connection_status_changed', userConnectionChanged()],
    ['group_member_added', groupMember('added')],
    ['group_member_joined', groupMember('joined')],
    ['group_member_left', groupMember('left')],
    ['group_member_kicked', groupMember('kicked')],
    ['group_member_banned', groupMember('banned')],
    ['group_deleted', groupDeleted()],
    ['before_message', legacyMessage('before_message')],
    ['after_message', legacyMessage('after_message')],
    ['message_delivery_receipt', legacyReceipt('message_delivery_receipt')],
    ['message_read_receipt', legacyReceipt('message_read_receipt')],
    ['after_connection_status_changed', legacyConnectionChanged()],
    ['the custom provider, to the caller', providerCall('initiated', { to: alice })],
    ['the custom provider, with an unknown action', providerCall('teleported', { callee: carol })],
  ])('%s is answered 200 and ignored, with a reason', async ([_name, webhook], { world }) => {
    const answer = await send(world, webhook)
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'ignored', reason: expect.stringMatching(/\w{3}/) },
    })
  })
})
