import { z } from 'zod'
import { callType, type EndAction } from '../call-event.ts'
import { messageId, nullAsAbsent, sessionId, text, uid } from './fields.ts'
import { ignored, invalidBy, type ParsedWebhook } from './parsed-webhook.ts'
import { ringOrGroupEvent } from './ring-or-group-event.ts'

const party = z.object({ uid, name: text, avatar: text })

/** The flat dialect of CometChat's own recipes: `data.initiator` calls `data.receiver`. It has no times. */
const flatRing = z.object({
  id: nullAsAbsent(messageId),
  sessionId,
  type: callType,
  initiator: party,
  receiver: party,
  receiverType: z.enum(['user', 'group']).default('user'),
})

const flatEnd = z.object({ id: nullAsAbsent(messageId), sessionId })

/** Reads `call_initiated` of the `initiator` dialect. */
export function readInitiatorRing(data: unknown): ParsedWebhook {
  const parsed = flatRing.safeParse(data)
  if (!parsed.success) return invalidBy(parsed.error, ['data'])
  const { initiator, receiver, receiverType, type, sessionId, id } = parsed.data
  if (receiverType === 'user' && initiator.uid === receiver.uid)
    return ignored('the caller and the receiver are the same user')
  return {
    status: 'event',
    event: ringOrGroupEvent({
      sessionId,
      caller: initiator,
      receiver: { ...receiver, type: receiverType },
      callType: type,
      tag: id,
    }),
  }
}

/** Reads an end of the `initiator` dialect, which needs nothing but the session id. */
export function readInitiatorEnd(action: EndAction, data: unknown): ParsedWebhook {
  const parsed = flatEnd.safeParse(data)
  if (!parsed.success) return invalidBy(parsed.error, ['data'])
  return {
    status: 'event',
    event: { kind: 'end', action, sessionId: parsed.data.sessionId, tag: parsed.data.id },
  }
}
