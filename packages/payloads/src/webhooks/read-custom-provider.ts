import { z } from 'zod'
import { callType, endAction } from '../call-event.ts'
import { conversationId, instant, messageId, nullAsAbsent, sessionId, text, uid } from './fields.ts'
import { ignored, invalidBy, type ParsedWebhook } from './parsed-webhook.ts'
import { readChat } from './read-chat.ts'
import { isMeeting, readMessage } from './read-meeting.ts'
import { deriveConversationId } from './ring-or-group-event.ts'

/**
 * CometChat's custom push provider. It sends one request per recipient; for a group, one to each member.
 * https://www.cometchat.com/docs/notifications/custom-providers
 */
const envelope = z.object({
  to: z.object({ uid }),
  notificationDetails: z.looseObject({ type: z.string().min(1), callAction: z.string().min(1).optional() }),
})

const callDetails = z.object({
  callAction: z.string().min(1),
  sessionId,
  callType,
  sender: uid,
  senderName: text,
  senderAvatar: text,
  receiver: uid,
  receiverName: text,
  receiverAvatar: text,
  receiverType: z.enum(['user', 'group']),
  conversationId: nullAsAbsent(conversationId),
  tag: nullAsAbsent(messageId),
  title: text,
  body: text,
  sentAt: nullAsAbsent(instant),
})

/** Reads `push-notification-payload-generated`. */
export function readCustomProvider(
  data: unknown,
  { ringMeetings = false }: { ringMeetings?: boolean } = {},
): ParsedWebhook {
  const outer = envelope.safeParse(data)
  if (!outer.success) return invalidBy(outer.error, ['data'])
  const { to, notificationDetails } = outer.data
  const { type } = notificationDetails
  if (type === 'chat') {
    return ringMeetings && isMeeting(notificationDetails.message)
      ? readMeetingOf(to.uid, notificationDetails.message)
      : readChat(to.uid, notificationDetails)
  }
  if (type !== 'call') {
    return ignored(`a notification of type ${JSON.stringify(type.slice(0, 40))} is neither a call nor a chat`)
  }
  const parsed = callDetails.safeParse(notificationDetails)
  if (!parsed.success) return invalidBy(parsed.error, ['data', 'notificationDetails'])
  return readCallDetails(to.uid, parsed.data)
}

/** CometChat announces a meeting to each member separately, so each is rung without a query for the members. */
function readMeetingOf(recipient: string, message: unknown): ParsedWebhook {
  const parsed = readMessage(message, ['data', 'notificationDetails', 'message'], true)
  if (parsed.status !== 'event' || (parsed.event.kind !== 'group' && parsed.event.kind !== 'ring'))
    return parsed
  if (parsed.event.caller.uid === recipient) return ignored('the recipient is the caller')
  return { status: 'event', event: { ...parsed.event, kind: 'ring', recipient } }
}

function readCallDetails(recipient: string, details: z.infer<typeof callDetails>): ParsedWebhook {
  const { callAction, sessionId, sentAt, receiverType } = details
  if (callAction === 'initiated') return readRing(recipient, details)
  if (callAction === 'ongoing') {
    if (receiverType === 'group')
      return ignored('the notification does not say which member of the group answered')
    return { status: 'event', event: { kind: 'answer', sessionId, sentAt } }
  }
  const action = endAction.safeParse(callAction)
  if (!action.success) return ignored(`unknown callAction ${JSON.stringify(callAction.slice(0, 40))}`)
  return {
    status: 'event',
    event: {
      kind: 'end',
      action: action.data,
      sessionId,
      conversationId: details.conversationId,
      recipient: receiverType === 'group' ? recipient : undefined,
      tag: details.tag,
      sentAt,
    },
  }
}

/** CometChat does not document which party gets which action, so a ring for the caller's own phone is ignored. */
function readRing(recipient: string, details: z.infer<typeof callDetails>): ParsedWebhook {
  const { sender, senderName, senderAvatar } = details
  if (recipient === sender) return ignored('the recipient is the caller')
  const receiver = {
    uid: details.receiver,
    name: details.receiverName,
    avatar: details.receiverAvatar,
    type: details.receiverType,
  }
  return {
    status: 'event',
    event: {
      kind: 'ring',
      sessionId: details.sessionId,
      recipient,
      caller: { uid: sender, name: senderName, avatar: senderAvatar },
      receiver,
      callType: details.callType,
      conversationId: details.conversationId ?? deriveConversationId(sender, receiver),
      tag: details.tag,
      title: details.title,
      body: details.body,
      sentAt: details.sentAt,
    },
  }
}
