import {
  buildCallReceivedWebhook,
  buildInitiatorWebhook,
  buildProviderCall,
  buildSignallingWebhook,
  type Call,
  createMessageIds,
  type SignallingAction,
  type Webhook,
} from '@ringer/fakes/cometchat'

export const dialects = ['signalling', 'initiator', 'call-received', 'custom-provider'] as const
export type CallDialect = (typeof dialects)[number]

export const actions = ['initiated', 'cancelled', 'rejected', 'unanswered', 'busy'] as const

/** The path to which CometChat sends each dialect. */
export const pathOf: Record<CallDialect, string> = {
  signalling: '/webhooks/cometchat',
  initiator: '/webhooks/cometchat',
  'call-received': '/webhook/cometchat/call-received',
  'custom-provider': '/providers/cometchat',
}

const nextMessageId = createMessageIds()

/** Builds the request that reports an action on this call, in one of CometChat's dialects. */
export function buildWebhook(dialect: CallDialect, action: SignallingAction, call: Call): Webhook {
  const event = { action, call, messageId: nextMessageId(), at: Date.now() }
  switch (dialect) {
    case 'signalling':
      return buildSignallingWebhook(event)
    case 'initiator':
      return buildInitiatorWebhook(event)
    case 'call-received':
      return buildCallReceivedWebhook(call)
    case 'custom-provider':
      return buildProviderCall({ ...event, to: call.callee })
  }
}
