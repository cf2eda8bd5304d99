import {
  buildSignallingWebhook,
  type Call,
  createMessageIds,
  type SignallingAction,
} from '@ringer/simulator/cometchat'

export const dialects = ['signalling', 'initiator', 'call-received', 'custom-provider'] as const
export type Dialect = (typeof dialects)[number]

export const actions = ['initiated', 'cancelled', 'rejected', 'unanswered', 'busy'] as const

/** Where CometChat would send each of them. */
export const pathOf: Record<Dialect, string> = {
  signalling: '/webhooks/cometchat',
  initiator: '/webhooks/cometchat',
  'call-received': '/webhook/cometchat/call-received',
  'custom-provider': '/providers/cometchat',
}

const nextMessageId = createMessageIds()

/** Builds the webhook by which CometChat tells of this call, in one of its dialects. */
export function buildWebhook(dialect: Dialect, action: SignallingAction, call: Call): object {
  const { caller, recipient, sessionId, callType } = call
  switch (dialect) {
    case 'signalling':
      return buildSignallingWebhook({ action, call, messageId: nextMessageId(), at: Date.now() })
    case 'initiator':
      return {
        trigger: `call_${action}`,
        data: {
          id: sessionId,
          sessionId,
          type: callType,
          initiator: caller,
          receiver: recipient,
          receiverType: 'user',
        },
      }
    case 'call-received':
      return {
        trigger: 'call.received',
        data: { sessionId, type: callType, sender: caller, receiver: recipient.uid },
      }
    case 'custom-provider':
      return customProviderRequest(action, call)
  }
}

function customProviderRequest(action: SignallingAction, call: Call) {
  const { caller, recipient, sessionId, callType } = call
  return {
    trigger: 'push-notification-payload-generated',
    data: {
      to: { uid: recipient.uid },
      notificationDetails: {
        title: caller.name,
        body: `${callType.toUpperCase()} CALL`,
        sender: caller.uid,
        senderName: caller.name,
        receiver: recipient.uid,
        receiverName: recipient.name,
        receiverType: 'user',
        tag: nextMessageId(),
        conversationId: `${caller.uid}_user_${recipient.uid}`,
        type: 'call',
        callAction: action,
        sessionId,
        callType,
        sentAt: String(call.initiatedAt),
      },
    },
    appId: call.appId,
    region: call.region,
    webhook: 'custom',
  }
}
