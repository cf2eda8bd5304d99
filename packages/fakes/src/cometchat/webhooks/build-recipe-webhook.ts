import type { SignallingAction } from './build-signalling-webhook.ts'
import type { Call } from './call.ts'
import type { Webhook } from './envelope.ts'

/**
 * Builds a signalling event in the flat dialect of CometChat's recipes, which has neither times nor an envelope.
 * `parties: false` leaves out everything but the session, as the recipes do for an end.
 * https://github.com/cometchat/cometchat-skills
 */
export function buildInitiatorWebhook({
  action,
  call,
  parties = true,
}: {
  action: SignallingAction
  call: Call
  parties?: boolean
}): Webhook {
  const { caller, callee, sessionId, callType, receiverType = 'user' } = call
  return {
    trigger: `call_${action}`,
    data: {
      id: sessionId,
      sessionId,
      ...(parties && { type: callType, initiator: caller, receiver: callee, receiverType }),
    },
  }
}

/** Builds `call.received`, the ring of CometChat's React Native recipe. The recipe has no event for an end. */
export function buildCallReceivedWebhook({ caller, callee, sessionId, callType }: Call): Webhook {
  return {
    trigger: 'call.received',
    data: {
      receiver: callee.uid,
      sender: { uid: caller.uid, name: caller.name },
      sessionId,
      type: callType,
    },
  }
}
