import { z } from 'zod'
import { callType, type EndAction } from '../call-event.ts'
import { describeParty, entity } from './entities.ts'
import { conversationId, instant, messageId, nullAsAbsent, sessionId, uid } from './fields.ts'
import { ignored, invalidBy, invalidWebhook, type ParsedWebhook } from './parsed-webhook.ts'
import { ringOrGroupEvent } from './ring-or-group-event.ts'

/**
 * The documented signalling dialect: everything is under `data.call`, which is a CometChat message.
 * https://www.cometchat.com/docs/calls/webhooks-ringing
 *
 * `data.call.sender` is the user who acted, not the caller: on a rejection it is the callee. The caller and
 * the callee are `entities.on.entity.sender` and `.receiver`, in every action. One documented variant has no
 * entities at all.
 */
const onEntity = z.object({
  sessionid: sessionId.optional(),
  sender: uid.optional(),
  receiver: uid.optional(),
  initiatedAt: nullAsAbsent(instant),
  data: z.object({ entities: z.object({ sender: entity, receiver: entity }).optional() }).optional(),
})

const signalling = z.object({
  id: nullAsAbsent(messageId),
  conversationId: nullAsAbsent(conversationId),
  sender: uid.optional(),
  receiver: uid.optional(),
  receiverType: z.enum(['user', 'group']),
  type: callType,
  sentAt: nullAsAbsent(instant),
  data: z
    .object({
      entities: z
        .object({ by: entity, for: entity, on: z.object({ entity: onEntity }).optional() })
        .optional(),
    })
    .optional(),
})

/** Where the message is in the webhook. */
const MESSAGE_PATH = ['data', 'call']

/** Reads `call_initiated` of the documented dialect. */
export function readSignalledRing(call: unknown): ParsedWebhook {
  const parsed = signalling.safeParse(call)
  if (!parsed.success) return invalidBy(parsed.error, MESSAGE_PATH)
  const { data: message } = parsed
  const entities = message.data?.entities
  const on = entities?.on?.entity

  if (!entities) {
    return ignored(
      'the call has no session id (data.call.data.entities is absent), so no app could answer it',
    )
  }
  if (!on?.sessionid)
    return invalidWebhook('data.call.data.entities.on.entity.sessionid', 'is required to ring a phone')

  const callerUid = on.sender ?? entities.by?.entity.uid ?? message.sender
  if (!callerUid) return invalidWebhook('data.call.sender', 'is required to ring a phone')
  const receiverUid = on.receiver ?? message.receiver
  if (!receiverUid) return invalidWebhook('data.call.receiver', 'is required to ring a phone')
  if (message.receiverType === 'user' && callerUid === receiverUid)
    return ignored('the caller and the receiver are the same user')

  const embedded = on.data?.entities
  const caller = describeParty(callerUid, entities.by, embedded?.sender)
  const receiver = {
    ...describeParty(receiverUid, entities.for, embedded?.receiver),
    type: message.receiverType,
  }
  return {
    status: 'event',
    event: ringOrGroupEvent({
      sessionId: on.sessionid,
      caller,
      receiver,
      callType: message.type,
      conversationId: message.conversationId,
      tag: message.id,
      sentAt: message.sentAt ?? on.initiatedAt,
    }),
  }
}

/** Reads `call_cancelled`, `call_rejected`, `call_unanswered` and `call_busy` of the documented dialect. */
export function readSignalledEnd(action: EndAction, call: unknown): ParsedWebhook {
  const parsed = signalling.safeParse(call)
  if (!parsed.success) return invalidBy(parsed.error, MESSAGE_PATH)
  const { data: message } = parsed
  const on = message.data?.entities?.on?.entity
  if (!on?.sessionid && !message.conversationId) {
    return invalidWebhook(
      'data.call.conversationId',
      'is required to find the call, because the webhook has no session id',
    )
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
