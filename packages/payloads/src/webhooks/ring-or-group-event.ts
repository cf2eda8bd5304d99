import type { GroupEvent, RingEvent } from '../call-event.ts'

/** A call as a webhook describes it; some dialects do not name the conversation. */
type DescribedCall = Omit<GroupEvent, 'kind' | 'conversationId'> & { conversationId?: string | undefined }

/**
 * Builds a ring event for a call to a user, or a group event for a call to a group, whose members CometChat
 * does not list.
 */
export function ringOrGroupEvent(call: DescribedCall): RingEvent | GroupEvent {
  const { caller, receiver } = call
  const conversationId = call.conversationId ?? deriveConversationId(caller.uid, receiver)
  return receiver.type === 'group'
    ? { kind: 'group', ...call, conversationId }
    : { kind: 'ring', ...call, conversationId, recipient: receiver.uid }
}

/**
 * Derives CometChat's conversation id for the dialects that leave it out. CometChat's documented samples show its two
 * forms: both uids in alphabetical order around `_user_`, or the guid after `group_`.
 */
export function deriveConversationId(
  callerUid: string,
  receiver: { uid: string; type: 'user' | 'group' },
): string {
  return receiver.type === 'group' ? `group_${receiver.uid}` : [callerUid, receiver.uid].sort().join('_user_')
}
