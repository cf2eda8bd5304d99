import type { Call, Person } from './call.ts'
import { conversationOf } from './conversation-of.ts'
import { inSeconds } from './in-seconds.ts'

export type SignallingAction = 'initiated' | 'cancelled' | 'rejected' | 'unanswered' | 'busy'

/** Who speaks in each action: CometChat's top-level `sender` is who acted, not who called. */
const actor: Record<SignallingAction, 'caller' | 'recipient'> = {
  initiated: 'caller',
  cancelled: 'caller',
  unanswered: 'caller',
  rejected: 'recipient',
  busy: 'recipient',
}

const userEntity = ({ uid, name, avatar }: Person, status: string) => ({
  entity: { uid, name, ...(avatar === undefined ? {} : { avatar }), status, role: 'default' },
  entityType: 'user',
})

const groupEntity = ({ uid, name, avatar }: Person) => ({
  entity: { guid: uid, name, ...(avatar === undefined ? {} : { icon: avatar }), type: 'private' },
  entityType: 'group',
})

const receiverEntity = ({ recipient, receiverType }: Call) =>
  receiverType === 'group' ? groupEntity(recipient) : userEntity(recipient, 'offline')

const callEntity = (call: Call, action: SignallingAction, conversationId: string) => ({
  entity: {
    sessionid: call.sessionId,
    conversationId,
    sender: call.caller.uid,
    receiverType: call.receiverType ?? 'user',
    receiver: call.recipient.uid,
    status: action,
    type: call.callType,
    data: {
      entities: {
        sender: userEntity(call.caller, 'available'),
        receiver: receiverEntity(call),
      },
    },
    initiatedAt: inSeconds(call.initiatedAt),
    joinedAt: inSeconds(call.initiatedAt),
  },
  entityType: 'call',
})

/**
 * Builds the webhook of a signalling event (`call_initiated`, `call_cancelled`, `call_rejected`,
 * `call_unanswered`, `call_busy`) with full entities, as CometChat delivers it for a one-to-one call. A group can be
 * called, and not be answered; it cannot reject a call, nor be busy.
 * `messageId` must differ for each action of a call; `at` is epoch ms and leaves as seconds.
 */
export function buildSignallingWebhook(event: {
  action: SignallingAction
  call: Call
  messageId: string
  at: number
}) {
  const { action, call, messageId } = event
  const conversationId = conversationOf(call)
  const [by, other] =
    actor[action] === 'caller' ? [call.caller, call.recipient] : [call.recipient, call.caller]
  const sentAt = inSeconds(event.at)
  return {
    trigger: `call_${action}`,
    data: {
      call: {
        id: messageId,
        conversationId,
        sender: by.uid,
        receiverType: call.receiverType ?? 'user',
        receiver: other.uid,
        category: 'call',
        type: call.callType,
        data: {
          action,
          entities: {
            by: userEntity(by, 'available'),
            for: other === call.recipient ? receiverEntity(call) : userEntity(other, 'offline'),
            on: callEntity(call, action, conversationId),
          },
          resource: 'WEB-3_0_12-simulator',
        },
        sentAt,
        updatedAt: sentAt,
      },
    },
    appId: call.appId,
    region: call.region,
    webhook: call.webhookId,
  }
}
