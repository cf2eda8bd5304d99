import { type Call, conversationIdOf } from './call.ts'
import { entityOf, envelope, inSeconds, userIn, type Webhook } from './envelope.ts'

export type SignallingAction = 'initiated' | 'cancelled' | 'rejected' | 'unanswered' | 'busy'

/**
 * How much a signalling webhook says. `full`: what real deliveries hold. `lean`: what the documented sample of a ring
 * holds. `none`: what the documented samples of the ends hold, and on one page that of a ring.
 */
export type Entities = 'full' | 'lean' | 'none'

interface SignallingEvent {
  action: SignallingAction
  call: Call
  /** Differs for each action on a call. */
  messageId: string
  /** When it happened, epoch ms. */
  at: number
  /** Default: `full`. */
  entities?: Entities | undefined
}

/**
 * Builds `call_initiated`, `call_cancelled`, `call_rejected`, `call_unanswered` or `call_busy`. A group can be called, and
 * leave a call unanswered; it cannot reject one, nor be busy.
 * https://www.cometchat.com/docs/calls/webhooks-ringing
 */
export function buildSignallingWebhook(event: SignallingEvent): Webhook {
  const { action, call, messageId, entities = 'full' } = event
  const { actor, other } = partiesOf(event)
  const sentAt = inSeconds(event.at)
  const message = {
    id: messageId,
    conversationId: conversationIdOf(call),
    sender: actor.uid,
    receiverType: call.receiverType ?? 'user',
    receiver: other.uid,
    category: 'call',
    type: call.callType,
    data: {
      action,
      ...(entities === 'lean' && leanEntities(event)),
      ...(entities === 'full' && fullEntities(event)),
    },
    sentAt,
    updatedAt: sentAt,
  }
  return envelope(call, `call_${action}`, { call: message })
}

const isByCallee = (action: SignallingAction) => action === 'rejected' || action === 'busy'

/** CometChat's top-level `sender` is who acted, not who called. */
function partiesOf({ action, call: { caller, callee } }: SignallingEvent) {
  return isByCallee(action) ? { actor: callee, other: caller } : { actor: caller, other: callee }
}

function leanEntities(event: SignallingEvent) {
  const { avatar, ...by } = userIn(partiesOf(event).actor, event.at)
  const on = { ...sessionIn(event), initiatedAt: inSeconds(event.call.initiatedAt) }
  return { entities: { by: { entity: by, entityType: 'user' }, on: { entity: on, entityType: 'call' } } }
}

function fullEntities(event: SignallingEvent) {
  const { action, call, at } = event
  const { actor, other } = partiesOf(event)
  const { caller, callee, receiverType = 'user' } = call
  const initiatedAt = inSeconds(call.initiatedAt)
  const on = {
    ...sessionIn(event),
    conversationId: conversationIdOf(call),
    sender: caller.uid,
    receiverType,
    receiver: callee.uid,
    data: { entities: { sender: entityOf(caller, at), receiver: entityOf(callee, at, receiverType) } },
    initiatedAt,
    joinedAt: initiatedAt,
  }
  return {
    entities: {
      by: entityOf(actor, at),
      for: entityOf(other, at, isByCallee(action) ? 'user' : receiverType),
      on: { entity: on, entityType: 'call' },
    },
    resource: 'WEB-4_0_9-6f1c2d90-0b7e-4c55-9a53-1f0f3d3a8e11-1781024529811',
  }
}

const sessionIn = ({ action, call }: SignallingEvent) => ({
  sessionid: call.sessionId,
  status: action,
  type: call.callType,
})
