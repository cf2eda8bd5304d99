/**
 * CometChat's id of a conversation: both uids in order around `_user_`, or the guid after `group_`
 * (as its documented samples show). For the dialects that leave it out.
 */
export function deriveConversationId(
  caller: string,
  receiver: { uid: string; type: 'user' | 'group' },
): string {
  return receiver.type === 'group' ? `group_${receiver.uid}` : [caller, receiver.uid].sort().join('_user_')
}
