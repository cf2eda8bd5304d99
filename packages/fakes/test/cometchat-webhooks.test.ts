import {
  buildEndedWebhook,
  buildJoinedWebhook,
  buildProviderChat,
  buildProviderGroupAction,
  buildSignallingWebhook,
  buildStartedWebhook,
  type Call,
  createMessageIds,
  createSessionId,
  type SignallingAction,
} from '@ringer/fakes/cometchat'
import { callUuid, parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'

const at = 1_700_000_000_900
const call = {
  appId: 'app',
  region: 'us',
  webhookId: 'hook',
  sessionId: createSessionId(),
  callType: 'video',
  caller: { uid: 'alice', name: 'Alice', avatar: 'https://example.com/alice.webp' },
  callee: { uid: 'bob', name: 'Bob' },
  initiatedAt: at,
} satisfies Call
const build = (action: SignallingAction) => buildSignallingWebhook({ action, call, messageId: '52', at })

describe('a signalling webhook', () => {
  it('is parsed by Ringer as a ring when it is call_initiated', () => {
    expect(parseWebhook(build('initiated'))).toMatchObject({
      status: 'event',
      appId: 'app',
      event: {
        kind: 'ring',
        sessionId: call.sessionId,
        recipient: 'bob',
        caller: { uid: 'alice', name: 'Alice', avatar: 'https://example.com/alice.webp' },
        callType: 'video',
        sentAt: 1_700_000_000_000,
      },
    })
  })

  it.each(['cancelled', 'rejected', 'unanswered', 'busy'] as const)(
    'is parsed by Ringer as an end when it is call_%s',
    action => {
      const event = { kind: 'end', action, sessionId: call.sessionId }
      expect(parseWebhook(build(action))).toMatchObject({ status: 'event', event })
    },
  )

  // CometChat's `sender` is who acted. A reader that takes it for the caller rings the wrong person.
  it.each([
    ['initiated', 'alice', 'bob'],
    ['cancelled', 'alice', 'bob'],
    ['unanswered', 'alice', 'bob'],
    ['rejected', 'bob', 'alice'],
    ['busy', 'bob', 'alice'],
  ] as const)('of %s is sent by %s to %s, and keeps who called whom', (action, sender, receiver) => {
    expect(build(action)).toMatchObject({
      trigger: `call_${action}`,
      data: {
        call: {
          sender,
          receiver,
          data: {
            action,
            entities: {
              by: { entity: { uid: sender } },
              on: { entity: { sender: 'alice', receiver: 'bob', status: action } },
            },
          },
        },
      },
    })
  })

  it('gives instants in whole seconds', () => {
    expect(build('initiated').data.call).toMatchObject({ sentAt: 1_700_000_000, updatedAt: 1_700_000_000 })
  })
})

describe('the webhooks of a media session', () => {
  it('show the answer by the uid of who joined', () => {
    const joined = buildJoinedWebhook({ session: call, person: call.callee, at })
    expect(joined.data.occupant).toEqual({
      joined_at: 1_700_000_000,
      audio_call: 'false',
      name: 'Bob',
      uid: 'bob',
    })
    expect(parseWebhook(joined)).toMatchObject({
      event: { kind: 'answer', sessionId: call.sessionId, uid: 'bob' },
    })
  })

  it('end with the list of everybody who was there', () => {
    const presences = [
      { person: call.caller, joinedAt: at },
      { person: call.callee, joinedAt: at + 2_000 },
    ]
    const ended = buildEndedWebhook({ session: call, presences, at: at + 60_000 })
    expect(ended.data).toMatchObject({
      created_at: 1_700_000_000,
      destroyed_at: 1_700_000_060,
      all_occupants: [
        { uid: 'alice', left_at: 1_700_000_060 },
        { uid: 'bob', left_at: 1_700_000_060 },
      ],
    })
    expect(parseWebhook(ended)).toMatchObject({ event: { kind: 'end', action: 'ended' } })
  })

  it('do not show an answer when the session starts', () => {
    expect(parseWebhook(buildStartedWebhook({ session: call, at }))).toMatchObject({ status: 'ignored' })
  })
})

describe('a notification of the custom push provider', () => {
  const from = { appId: 'app', region: 'us', to: { uid: 'carol' }, text: 'Hello', at }

  it('is tagged with its message, and lacks what is not known', () => {
    const chat = buildProviderChat({ ...from, from: call.callee, messageId: '53' })
    expect(chat).toMatchObject({
      webhook: 'custom',
      data: { to: { uid: 'carol' }, notificationDetails: { tag: '53', sentAt: String(at) } },
    })
    expect(chat.data.notificationDetails).not.toHaveProperty('receiverName')
    expect(chat.data.notificationDetails).toHaveProperty('conversationId', 'bob_user_carol')
  })

  it('is tagged with the group when the group has changed', () => {
    const group = { uid: 'club', name: 'Club', avatar: 'https://example.com/club.webp' }
    const { data } = buildProviderGroupAction({ ...from, by: call.caller, group })
    expect(data.notificationDetails).toMatchObject({ title: 'Club', tag: 'club', receiverType: 'group' })
    expect(data.notificationDetails).not.toHaveProperty('receiverAvatar')
  })
})

describe('the id', () => {
  it('of a session ends in the UUID by which phones show the call', () => {
    expect(createSessionId()).toMatch(/^v1\.us\.[0-9a-f]{32}$/)
    const sessionId = createSessionId('eu')
    expect(callUuid(sessionId).replaceAll('-', '').toLowerCase()).toBe(sessionId.replace('v1.eu.', ''))
  })

  it('of a message differs from the others even within one millisecond', () => {
    const next = createMessageIds(() => 7)
    expect([next(), next(), next()]).toEqual(['7', '8', '9'])
  })
})
