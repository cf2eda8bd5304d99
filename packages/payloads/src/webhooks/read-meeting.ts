import { z } from 'zod'
import { callType } from '../call-event.ts'
import { describeParty, entity } from './entities.ts'
import { conversationId, instant, messageId, nullAsAbsent, sessionId, uid } from './fields.ts'
import { ignored, invalidBy, type ParsedWebhook } from './parsed-webhook.ts'
import { ringOrGroupEvent } from './ring-or-group-event.ts'

/**
 * The message with which CometChat's UI Kits call a group. They do not initiate a call: they send a custom
 * message of type `meeting`, and the members join the session that it names. A group uses the same session
 * for all of its meetings.
 */
const meeting = z.object({
  id: messageId,
  conversationId: nullAsAbsent(conversationId),
  sender: uid,
  receiver: uid,
  receiverType: z.enum(['user', 'group']),
  sentAt: nullAsAbsent(instant),
  data: z.object({
    customData: z.object({ sessionId: nullAsAbsent(sessionId), callType: callType.default('video') }),
    entities: z.object({ sender: entity, receiver: entity }).optional(),
  }),
})

const anyMessage = z.looseObject({ category: z.string().optional(), type: z.string().optional() })

const MEETINGS_ARE_OFF =
  'the message announces a meeting, and meetings ring only when RINGER_RING_MEETINGS=true'

/**
 * Reads `message_sent` (and `after_message`, its name in CometChat's legacy webhooks).
 *
 * @param message a CometChat message
 * @param path where the message is in the webhook
 * @param ringMeetings whether meetings ring
 */
export function readMessage(message: unknown, path: string[], ringMeetings: boolean): ParsedWebhook {
  if (!isMeeting(message)) return ignored('the message does not announce a meeting')
  if (!ringMeetings) return ignored(MEETINGS_ARE_OFF)
  const parsed = meeting.safeParse(message)
  if (!parsed.success) return invalidBy(parsed.error, path)
  const { id, sender, receiver: receiverUid, receiverType, sentAt, data } = parsed.data
  if (receiverType === 'user' && sender === receiverUid)
    return ignored('the caller and the receiver are the same user')
  // The receiver's uid cannot stand in for the session id as a group's guid does: all who call this user
  // would share a session.
  if (receiverType === 'user' && !data.customData.sessionId)
    return ignored('the meeting has no session id (data.customData.sessionId), so no app could answer it')
  const caller = describeParty(sender, data.entities?.sender)
  const receiver = { ...describeParty(receiverUid, data.entities?.receiver), type: receiverType }
  return {
    status: 'event',
    event: ringOrGroupEvent({
      sessionId: data.customData.sessionId ?? receiverUid,
      announcedBy: id,
      caller,
      receiver,
      callType: data.customData.callType,
      conversationId: parsed.data.conversationId,
      tag: id,
      sentAt,
    }),
  }
}

/** Whether a CometChat message announces a meeting. */
export function isMeeting(message: unknown): boolean {
  const parsed = anyMessage.safeParse(message)
  return parsed.success && parsed.data.category === 'custom' && parsed.data.type === 'meeting'
}
