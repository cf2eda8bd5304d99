import type { RingEvent } from '@ringer/payloads'
import { alice, bob, MESSAGE_ID, SENT_AT, SESSION_ID } from './webhooks.ts'

/** The event that the webhooks of Alice's call to Bob are parsed into. */
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
