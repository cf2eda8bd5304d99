import type { Call } from './call.ts'

/** CometChat's id of the conversation that a call belongs to. */
export function conversationOf({ caller, recipient, receiverType }: Call): string {
  return receiverType === 'group' ? `group_${recipient.uid}` : `${caller.uid}_user_${recipient.uid}`
}
