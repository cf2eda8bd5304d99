import type { CallEvent, RingEvent } from '../call-event.ts'

/** Whom a call rings: the user who is called; or a group, of which CometChat names no members. */
export function ringReceiver(call: Omit<RingEvent, 'kind' | 'recipient'>): CallEvent {
  return call.receiver.type === 'group'
    ? { kind: 'group', ...call }
    : { kind: 'ring', ...call, recipient: call.receiver.uid }
}
