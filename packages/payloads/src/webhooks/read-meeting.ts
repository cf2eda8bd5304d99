import { z } from 'zod'
import { callType } from '../call-event.ts'
import { deriveConversationId } from './conversation-id.ts'
import { describe } from './describe.ts'
import { absentOr, conversationId, entity, instant, messageId, sessionId, uid } from './fields.ts'
import { ignored, invalidBy, type ParsedWebhook } from './parsed-webhook.ts'
import { ringReceiver } from './ring-receiver.ts'

/**
 * The message by which CometChat's UI Kits call a group: they never initiate a call, they send a custom message of type
 * `meeting`, and everybody joins the session that it names, which is the group's for ever.
 */
export const meeting = z.object({
  id: messageId,
  conversationId: absentOr(conversationId),
  sender: uid,
  receiver: uid,
  receiverType: z.enum(['user', 'group']),
  sentAt: absentOr(instant),
  data: z.object({
    customData: z.object({ sessionId: absentOr(sessionId), callType: callType.default('video') }),
    entities: z.object({ sender: entity, receiver: entity }).optional(),
  }),
})

const anyMessage = z.looseObject({ category: z.string().optional(), type: z.string().optional() })

const notWanted = 'a meeting is announced; it rings when RINGER_RING_MEETINGS=true'

/**
 * Reads `message_sent` (and `after_message`, its name in CometChat's legacy webhooks).
 *
 * @param message a CometChat message
 * @param at its path in the webhook
 * @param ringMeetings whether the members are to be rung
 */
export function readMessage(message: unknown, at: string[], ringMeetings: boolean): ParsedWebhook {
  if (!isMeeting(message)) return ignored('a message that announces no meeting rings nobody')
  if (!ringMeetings) return ignored(notWanted)
  const parsed = meeting.safeParse(message)
  if (!parsed.success) return invalidBy(parsed.error, at)
  const { id, sender, receiver: receiverUid, receiverType, sentAt, data } = parsed.data
  if (receiverType === 'user' && sender === receiverUid)
    return ignored('the caller and the receiver are the same user')
  // A user's uid is no session: whoever else calls them would be in it.
  if (receiverType === 'user' && !data.customData.sessionId)
    return ignored('the meeting has no session id (data.customData.sessionId), so no app could answer it')
  const caller = describe(sender, data.entities?.sender)
  const receiver = { ...describe(receiverUid, data.entities?.receiver), type: receiverType }
  return {
    status: 'event',
    event: ringReceiver({
      sessionId: data.customData.sessionId ?? receiverUid,
      announcedBy: id,
      caller,
      receiver,
      callType: data.customData.callType,
      conversationId: parsed.data.conversationId ?? deriveConversationId(sender, receiver),
      tag: id,
      sentAt,
    }),
  }
}

/** Whether a CometChat message is the announcement of a meeting. */
export function isMeeting(message: unknown): boolean {
  const parsed = anyMessage.safeParse(message)
  return parsed.success && parsed.data.category === 'custom' && parsed.data.type === 'meeting'
}
