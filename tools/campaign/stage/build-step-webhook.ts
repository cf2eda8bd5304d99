import {
  buildCallReceivedWebhook,
  buildEndedWebhook,
  buildInitiatorWebhook,
  buildJoinedWebhook,
  buildProviderCall,
  buildSignallingWebhook,
  type Webhook,
} from '@ringer/fakes/cometchat'
import type { WebhookStep } from '../plan/plan.ts'

const SOURCE = { appId: 'campaign', region: 'eu', webhookId: 'ringer-calls' }

/** Builds the request of a step. `at` is the event's own time, epoch ms. */
export function buildStepWebhook(step: WebhookStep, at: number): Webhook {
  const { event } = step
  switch (event.kind) {
    case 'ring':
      return buildRing(step, eventOf(step, event.recipient, at), event.recipient)
    case 'group':
      return buildSignallingWebhook({ action: 'initiated', ...eventOf(step, '', at) })
    case 'end':
      return buildEnd(step, event, eventOf(step, event.callee, at))
    case 'answer':
      return buildJoinedWebhook({ session: callOf(step, event.uid, at), person: named(event.uid), at })
  }
}

type PlannedEnd = Extract<WebhookStep['event'], { kind: 'end' }>
type FakeCallEvent = ReturnType<typeof eventOf>

const named = (uid: string) => ({ uid, name: `${uid} Example` })

const callOf = ({ sessionId, caller, group }: WebhookStep, callee: string, at: number) => ({
  ...{ ...SOURCE, sessionId, callType: 'video' as const, initiatedAt: at },
  caller: named(caller),
  callee: named(group ?? callee),
  receiverType: group ? ('group' as const) : ('user' as const),
})

const eventOf = (step: WebhookStep, callee: string, at: number) => ({
  call: callOf(step, callee, at),
  messageId: `${step.sessionId.slice(-12)}-${at % 1_000_000}`,
  at,
})

function buildRing({ dialect }: WebhookStep, event: FakeCallEvent, recipient: string): Webhook {
  const action = 'initiated'
  switch (dialect) {
    case 'initiator':
      return buildInitiatorWebhook({ action, ...event })
    case 'received':
      return buildCallReceivedWebhook(event.call)
    case 'provider':
      return buildProviderCall({ action, to: named(recipient), ...event })
    default:
      return buildSignallingWebhook({ action, ...event })
  }
}

function buildEnd({ dialect }: WebhookStep, end: PlannedEnd, event: FakeCallEvent): Webhook {
  const { action } = end
  if (action === 'ended') {
    const { caller, callee } = event.call
    const presences = [caller, callee].map(person => ({ person, joinedAt: event.at - 50_000 }))
    return buildEndedWebhook({ session: event.call, presences, at: event.at })
  }
  switch (dialect) {
    case 'initiator':
      return buildInitiatorWebhook({ action, call: event.call, parties: false })
    case 'provider':
      return buildProviderCall({ action, to: named(end.recipient ?? end.callee), ...event })
    case 'conversation':
      return buildSignallingWebhook({ action, ...event, entities: 'none' })
    default:
      return buildSignallingWebhook({ action, ...event })
  }
}

/** The event's time as the dialect gives it: whole seconds, ms, or undefined when it gives no time. */
export function timeInWebhook({ dialect }: WebhookStep, at: number): number | undefined {
  if (dialect === 'initiator' || dialect === 'received') return undefined
  return dialect === 'provider' ? at : Math.floor(at / 1_000) * 1_000
}
