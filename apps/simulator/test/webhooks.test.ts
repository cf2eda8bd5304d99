import { callUuid, parseWebhook } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'
import {
  buildCallEndedWebhook,
  buildCallStartedWebhook,
  buildParticipantJoinedWebhook,
  buildSignallingWebhook,
  type Call,
  createMessageIds,
  createSessionId,
  type SignallingAction,
} from '../src/cometchat.ts'

const at = 1_700_000_000_900
const call: Call = {
  appId: 'app',
  region: 'us',
  webhookId: 'hook',
  sessionId: createSessionId(),
  callType: 'video',
  caller: { uid: 'alice', name: 'Alice', avatar: 'https://example.com/alice.webp' },
  recipient: { uid: 'bob', name: 'Bob' },
  initiatedAt: at,
}
const build = (action: SignallingAction) => buildSignallingWebhook({ action, call, messageId: '52', at })

describe('the webhook of a signalling event', () => {
  it('is read by Ringer as the ring that it is', () => {
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
    'is read by Ringer as the end: %s',
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
  ] as const)('says of %s that %s did it to %s, and keeps who called whom', (action, sender, receiver) => {
    const { trigger, data } = build(action)
    expect(trigger).toBe(`call_${action}`)
    expect(data.call).toMatchObject({
      sender,
      receiver,
      data: { action, entities: { by: { entity: { uid: sender } } } },
    })
    expect(data.call.data.entities.on.entity).toMatchObject({
      sender: 'alice',
      receiver: 'bob',
      status: action,
    })
  })

  it('counts whole seconds', () => {
    expect(build('initiated').data.call).toMatchObject({ sentAt: 1_700_000_000, updatedAt: 1_700_000_000 })
  })
})

describe('the webhooks of a session', () => {
  it('tell of the answer by naming who joined', () => {
    const joined = buildParticipantJoinedWebhook({ call, person: call.recipient, at })
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

  it('tell of the end with everybody who was there', () => {
    const presences = [
      { person: call.caller, joinedAt: at },
      { person: call.recipient, joinedAt: at + 2_000 },
    ]
    const ended = buildCallEndedWebhook({ call, presences, at: at + 60_000 })
    expect(ended.data).toMatchObject({ created_at: 1_700_000_000, destroyed_at: 1_700_000_060 })
    expect(ended.data.all_occupants.map(({ uid, left_at }) => [uid, left_at])).toEqual([
      ['alice', 1_700_000_060],
      ['bob', 1_700_000_060],
    ])
    expect(parseWebhook(ended)).toMatchObject({ event: { kind: 'end', action: 'ended' } })
  })

  it('say nothing about an answer when the session starts', () => {
    expect(parseWebhook(buildCallStartedWebhook({ call, at }))).toMatchObject({ status: 'ignored' })
  })
})

describe('ids', () => {
  it('of a session end in the UUID that the phones show the call by', () => {
    expect(createSessionId()).toMatch(/^v1\.us\.[0-9a-f]{32}$/)
    const sessionId = createSessionId('eu')
    expect(callUuid(sessionId).replaceAll('-', '').toLowerCase()).toBe(sessionId.replace('v1.eu.', ''))
  })

  it('of messages differ even within one millisecond', () => {
    const next = createMessageIds(() => 7)
    expect([next(), next(), next()]).toEqual(['7', '8', '9'])
  })
})
