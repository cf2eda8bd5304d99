import { z } from 'zod'
import { callType } from '../call-event.ts'
import { sessionId, text, uid } from './fields.ts'
import { ignored, invalidBy, type ParsedWebhook } from './parsed-webhook.ts'
import { ringOrGroupEvent } from './ring-or-group-event.ts'

/** The dialect of CometChat's React Native recipe: the trigger is `call.received` and the receiver a bare uid. */
const received = z.object({
  sessionId,
  type: callType,
  sender: z.object({ uid, name: text, avatar: text }),
  receiver: uid,
})

/** Reads `call.received`, which is always a call to one user. */
export function readCallReceived(data: unknown): ParsedWebhook {
  const parsed = received.safeParse(data)
  if (!parsed.success) return invalidBy(parsed.error, ['data'])
  const { sender, type, sessionId } = parsed.data
  const receiver = { uid: parsed.data.receiver, type: 'user' as const }
  if (sender.uid === receiver.uid) return ignored('the caller and the receiver are the same user')
  return {
    status: 'event',
    event: ringOrGroupEvent({ sessionId, caller: sender, receiver, callType: type }),
  }
}
