import { z } from 'zod'
import { callType } from '../call-event.ts'
import { deriveConversationId } from './conversation-id.ts'
import { sessionId, text, uid } from './fields.ts'
import { ignored, invalidBy, type ParsedWebhook } from './parsed-webhook.ts'

/** The dialect of CometChat's React Native recipe: trigger `call.received`, and the receiver is a bare uid. */
const received = z.object({
  sessionId,
  type: callType,
  sender: z.object({ uid, name: text, avatar: text }),
  receiver: uid,
})

/** Reads `call.received`, which always rings one user. */
export function readCallReceived(data: unknown): ParsedWebhook {
  const parsed = received.safeParse(data)
  if (!parsed.success) return invalidBy(parsed.error, ['data'])
  const { sender, type, sessionId } = parsed.data
  const receiver = { uid: parsed.data.receiver, type: 'user' as const }
  if (sender.uid === receiver.uid) return ignored('the caller and the receiver are the same user')
  return {
    status: 'event',
    event: {
      kind: 'ring',
      sessionId,
      recipient: receiver.uid,
      caller: sender,
      receiver,
      callType: type,
      conversationId: deriveConversationId(sender.uid, receiver),
    },
  }
}
