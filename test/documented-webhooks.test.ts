import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
import { login, startWorld, type World } from './world.ts'

let world: World
const paths: Record<string, string> = { custom: '/providers/cometchat' }

beforeAll(async () => {
  world = await startWorld()
  world.addWorker()
  await register(world.ingress, { uid: bob.uid, platform: 'ios', token: tokens.iphone })
  await register(world.ingress, { uid: bob.uid, platform: 'android', token: tokens.android })
})
afterAll(() => world.close())

const send = (webhook: Webhook) =>
  deliver(world.ingress, webhook, {
    path: paths[String(webhook.webhook)] ?? '/webhooks/cometchat',
    headers: { authorization: basic(login) },
  })

/** What both phones were sent for this session. */
async function pushesOf(sessionId: string) {
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
  it.each<[string, (call: Partial<Call>) => Webhook, Partial<Call>]>([
    ['call_initiated with full entities', signalledRing, { callType: 'video' }],
    [
      'call_initiated as in the documented sample',
      call => signalledRing({ ...call, entities: 'lean' }),
      { callType: 'audio' },
    ],
    ['call_initiated of the flat dialect', initiatorRing, { callType: 'video' }],
    ['call.received', receivedRing, { callType: 'audio' }],
    ['the custom provider', call => providerCall('initiated', call), { callType: 'audio' }],
  ])('%s: once, with the right caller, recipient and kind', async (_name, build, call) => {
    const { sessionId, ...rest } = { ...now(), ...call }
    expect(await send(build({ sessionId, ...rest }))).toMatchObject({
      status: 200,
      body: { status: 'queued' },
    })
    const { iphone, android } = await pushesOf(sessionId)
    const { callType } = rest
    const expected = { callerUid: alice.uid, callerName: alice.name, receiver: bob.uid, callType, sessionId }
    expect(iphone.map(push => push.data)).toMatchObject([{ ...expected, hasVideo: callType === 'video' }])
    expect(android.map(push => push.data)).toMatchObject([
      { ...expected, hasVideo: String(callType === 'video') },
    ])
  })

  it('the custom provider, to a member of a group', async () => {
    const call = { ...now(), callee: chess, receiverType: 'group' as const, to: bob }
    await send(providerCall('initiated', call))
    const { iphone } = await pushesOf(call.sessionId)
    expect(iphone.map(push => push.data)).toMatchObject([
      { receiver: chess.uid, receiverType: 'group', callerUid: alice.uid },
    ])
  })

  it('rings once although both the webhook and the custom provider tell of the call', async () => {
    const call = now()
    await Promise.all([
      send(signalledRing(call)),
      send(providerCall('initiated', call)),
      send(receivedRing(call)),
    ])
    const later = now()
    await send(signalledRing(later))
    await pushesOf(later.sessionId)
    const { iphone, android } = await pushesOf(call.sessionId)
    expect([iphone.length, android.length]).toEqual([1, 1])
  })
})

describe('a documented webhook about a ring that was', () => {
  it.each<[string, Webhook]>([
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
  ])('%s is stored, and rings nobody', async (_name, webhook) => {
    const before = world.apns.received.length
    expect(await send(webhook)).toMatchObject({ status: 200, body: { status: 'queued' } })
    expect(world.apns.received).toHaveLength(before)
  })
})

describe('a documented webhook that has nothing to do with a ring', () => {
  it.each<[string, Webhook]>([
    ['call_initiated without entities, which nobody could answer', signalledRing({ entities: 'none' })],
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
    ['the custom provider, of an action nobody knows', providerCall('teleported', { callee: carol })],
  ])('%s is answered 200 and ignored, with a reason', async (_name, webhook) => {
    const answer = await send(webhook)
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'ignored', reason: expect.stringMatching(/\w{3}/) },
    })
  })
})
