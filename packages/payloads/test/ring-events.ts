import type { RingEvent } from '@ringer/payloads'
import { alice, bob, MESSAGE_ID, SENT_AT, SESSION_ID } from './webhooks.ts'

/** What the webhooks of one ring come down to. */
export function ringEvent(overrides: Partial<RingEvent> = {}): RingEvent {
  return {
    kind: 'ring',
    sessionId: SESSION_ID,
    recipient: bob.uid,
    caller: alice,
    receiver: { ...bob, type: 'user' },
    callType: 'video',
    conversationId: 'alice_user_bob',
    tag: MESSAGE_ID,
    sentAt: SENT_AT,
    ...overrides,
  }
}
