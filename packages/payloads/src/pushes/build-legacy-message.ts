import type { StopAction } from '../jobs.ts'
import type { RingContent } from './ring-content.ts'

/**
 * Which pushes contain CometChat's raw call message (RINGER_LEGACY_PAYLOAD): none, rings only, or stops as
 * well. Only one sample needs it in a stop, to end its ring; another one rings at any push that contains it.
 */
export type LegacyPayload = 'none' | 'rings' | 'all'

/** A CometChat message of category `call`, with the fields that can be derived from a ring. */
export type LegacyMessage = ReturnType<typeof buildLegacyMessage>

/**
 * Builds the `message` that CometChat's samples of 2020 to 2023 pass to its SDK: the call message with all
 * its entities, in the shape of `data.call` in the webhook. `by` is always the caller, even if another user
 * acted, because the samples read the caller's name from it. Times are in seconds.
 * https://www.cometchat.com/docs/calls/webhooks-ringing
 */
export function buildLegacyMessage(content: RingContent, action: 'initiated' | StopAction) {
  const { sender, receiver, receiverType, conversationId, callType, sessionId } = content
  const seconds = Math.floor(Number(content.sentAt) / 1_000)
  const caller = { entity: callerOf(content), entityType: 'user' as const }
  const callee = { entity: receiverOf(content), entityType: receiverType }
  const call = {
    ...{
      sessionid: sessionId,
      conversationId,
      sender,
      receiverType,
      receiver,
      status: action,
      type: callType,
    },
    data: { entities: { sender: caller, receiver: callee } },
    initiatedAt: seconds,
    joinedAt: seconds,
  }
  return {
    // The SDKs expect a number. The tag is the session id if the message id is not known.
    id: /^\d+$/.test(content.tag) ? content.tag : '0',
    ...{ conversationId, sender, receiverType, receiver },
    category: 'call' as const,
    type: callType,
    data: {
      action,
      entities: { by: caller, for: callee, on: { entity: call, entityType: 'call' as const } },
    },
    sentAt: seconds,
    updatedAt: seconds,
  }
}

const callerOf = ({ sender, senderName, senderAvatar }: RingContent) => ({
  uid: sender,
  name: senderName,
  ...(senderAvatar && { avatar: senderAvatar }),
})

/** In CometChat's messages, a group has a guid, and its picture is called an icon. */
function receiverOf({ receiver, receiverName, receiverAvatar, receiverType }: RingContent) {
  return receiverType === 'group'
    ? { guid: receiver, name: receiverName, ...(receiverAvatar && { icon: receiverAvatar }) }
    : { uid: receiver, name: receiverName, ...(receiverAvatar && { avatar: receiverAvatar }) }
}
