import {
  initiatorEnd,
  initiatorRing,
  participantJoined,
  providerCall,
  receivedRing,
  sessionEnded,
  signalledEnd,
  signalledRing,
  type Webhook,
} from '../../../packages/payloads/test/webhooks.ts'
import type { WebhookStep } from '../plan/plan.ts'

/** @param at the event's own time, epoch ms */
export function buildWebhook(step: WebhookStep, at: number): Webhook {
  const { event, sessionId } = step
  switch (event.kind) {
    case 'ring':
      return buildRing(step, callOf(step, event.recipient, at), event.recipient)
    case 'end':
      return buildEnd(step, callOf(step, event.callee, at), at)
    case 'answer':
      return participantJoined('call', { sessionId, at, who: { uid: event.uid } })
  }
}

type CallDetails = ReturnType<typeof callOf>

const callOf = ({ sessionId, caller, group }: WebhookStep, callee: string, at: number) => ({
  sessionId,
  caller: { uid: caller, name: `${caller} Example` },
  callee: { uid: group ?? callee },
  receiverType: group ? ('group' as const) : ('user' as const),
  sentAt: at,
  messageId: `${sessionId.slice(-12)}-${at % 1_000_000}`,
})

function buildRing({ dialect }: WebhookStep, call: CallDetails, recipient: string): Webhook {
  switch (dialect) {
    case 'initiator':
      return initiatorRing(call)
    case 'received':
      return receivedRing(call)
    case 'provider':
      return providerCall('initiated', { ...call, to: { uid: recipient } })
    default:
      return signalledRing(call)
  }
}

function buildEnd({ dialect, event, sessionId }: WebhookStep, call: CallDetails, at: number): Webhook {
  if (event.kind !== 'end') throw new RangeError('only an end ends a call')
  const { action } = event
  if (action === 'ended') return sessionEnded('call', { sessionId, at })
  switch (dialect) {
    case 'initiator':
      return initiatorEnd(action, { sessionId })
    case 'provider':
      return providerCall(action, { ...call, to: { uid: event.recipient ?? event.callee } })
    case 'conversation':
      return signalledEnd(action, { ...call, entities: 'none' })
    default:
      return signalledEnd(action, call)
  }
}

/** The event's time as this dialect tells it: whole seconds, ms, or not at all. */
export function toldTime({ dialect }: WebhookStep, at: number): number | undefined {
  if (dialect === 'initiator' || dialect === 'received') return undefined
  return dialect === 'provider' ? at : Math.floor(at / 1_000) * 1_000
}
