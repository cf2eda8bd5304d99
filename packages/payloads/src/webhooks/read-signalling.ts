import { z } from 'zod'
import { callType, type EndAction } from '../call-event.ts'
import { deriveConversationId } from './conversation-id.ts'
import { describe } from './describe.ts'
import { absentOr, conversationId, entity, instant, messageId, sessionId, uid } from './fields.ts'
import { ignored, invalid, invalidBy, type ParsedWebhook } from './parsed-webhook.ts'
import { ringReceiver } from './ring-receiver.ts'

/**
 * The documented signalling dialect: everything hangs under `data.call`, which is a CometChat message.
 * https://www.cometchat.com/docs/calls/webhooks-ringing
 *
 * `data.call.sender` is who acted, not who called: on a rejection it is the callee. The parties of the call are
 * `entities.on.entity.sender` and `.receiver`, in every action. One documented variant has no entities at all.
 */
const onEntity = z.object({
  sessionid: sessionId.optional(),
  sender: uid.optional(),
  receiver: uid.optional(),
  initiatedAt: absentOr(instant),
  data: z.object({ entities: z.object({ sender: entity, receiver: entity }).optional() }).optional(),
})

const signalling = z.object({
  id: absentOr(messageId),
  conversationId: absentOr(conversationId),
  sender: uid.optional(),
  receiver: uid.optional(),
  receiverType: z.enum(['user', 'group']),
  type: callType,
  sentAt: absentOr(instant),
  data: z
    .object({
      entities: z
        .object({ by: entity, for: entity, on: z.object({ entity: onEntity }).optional() })
        .optional(),
    })
    .optional(),
})

const at = ['data', 'call']

/** Reads `call_initiated` of the documented dialect. */
export function readSignalledRing(call: unknown): ParsedWebhook {
  const parsed = signalling.safeParse(call)
  if (!parsed.success) return invalidBy(parsed.error, at)
  const { data: message } = parsed
  const entities = message.data?.entities
  const on = entities?.on?.entity

  if (!entities) {
    return ignored(
      'the call has no session id (data.call.data.entities is absent), so no app could answer it',
    )
  }
  if (!on?.sessionid) return invalid('data.call.data.entities.on.entity.sessionid', 'is required to ring')

  const callerUid = on.sender ?? entities.by?.entity.uid ?? message.sender
  if (!callerUid) return invalid('data.call.sender', 'is required to ring')
  const receiverUid = on.receiver ?? message.receiver
  if (!receiverUid) return invalid('data.call.receiver', 'is required to ring')
  if (message.receiverType === 'user' && callerUid === receiverUid)
    return ignored('the caller and the receiver are the same user')

  const embedded = on.data?.entities
  const caller = describe(callerUid, entities.by, embedded?.sender)
  const receiver = {
    ...describe(receiverUid, entities.for, embedded?.receiver),
    type: message.receiverType,
  }
  return {
    status: 'event',
    event: ringReceiver({
      sessionId: on.sessionid,
      caller,
      receiver,
      callType: message.type,
      conversationId: message.conversationId ?? deriveConversationId(callerUid, receiver),
      tag: message.id,
      sentAt: message.sentAt ?? on.initiatedAt,
    }),
  }
}

/** Reads `call_cancelled`, `call_rejected`, `call_unanswered` and `call_busy` of the documented dialect. */
export function readSignalledEnd(action: EndAction, call: unknown): ParsedWebhook {
  const parsed = signalling.safeParse(call)
  if (!parsed.success) return invalidBy(parsed.error, at)
  const { data: message } = parsed
  const on = message.data?.entities?.on?.entity
  if (!on?.sessionid && !message.conversationId) {
    return invalid('data.call.conversationId', 'is required to find the call when no session id is given')
  }
  return {
    status: 'event',
    event: {
      kind: 'end',
      action,
      sessionId: on?.sessionid,
      conversationId: message.conversationId,
      tag: message.id,
      sentAt: message.sentAt,
    },
  }
}
