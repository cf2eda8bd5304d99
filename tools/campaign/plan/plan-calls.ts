import type { Random } from '../random.ts'
import { type Dialect, INGRESSES, type WebhookStep } from './plan.ts'
import { movers, settled } from './plan-phones.ts'

const CALLS_PER_SECOND = 4

type PlannedEvent = WebhookStep['event']
type PlannedCall = Pick<WebhookStep, 'sessionId' | 'caller'> & {
  group?: string
  recipients: string[]
  at: number
}

/** Plans all webhooks of all calls, with their retries and their copies in other dialects. */
export function planCalls(random: Random, endsAt: number): WebhookStep[] {
  const steps: WebhookStep[] = []
  for (let at = 500, number = 1; at < endsAt; number += 1) {
    steps.push(...planCall(random, planParties(random, at, number)))
    at += Math.ceil((-Math.log(1 - random.next()) * 1_000) / CALLS_PER_SECOND)
  }
  return steps
}

function planParties(random: Random, at: number, number: number): PlannedCall {
  const sessionId = `v1.eu.${random.hex(32)}.${number}`
  const caller = random.chance(0.5) ? `stranger-${number}` : `regular-${random.between(1, 5)}`
  if (!random.chance(0.12)) {
    return { at, sessionId, caller, recipients: [random.pick([...movers, ...settled])] }
  }
  const members = new Set([
    random.pick(movers),
    random.pick(settled.slice(0, 4)),
    random.pick(settled.slice(4)),
  ])
  return { at, sessionId, caller, group: `group-${random.between(1, 6)}`, recipients: [...members] }
}

function planCall(random: Random, call: PlannedCall): WebhookStep[] {
  const dialect = call.group ? 'provider' : pickRingDialect(random)
  // Some arrive so late that their deadline is near or over.
  const age = random.chance(0.12) ? random.between(20_000, 32_000) : random.between(0, 300)
  const eventAt = call.at - age
  const rings = call.recipients.flatMap(recipient =>
    planDeliveries(random, call, { dialect, eventAt, at: call.at, event: { kind: 'ring', recipient } }),
  )
  return [...rings, ...planEnding(random, call, dialect)]
}

const pickRingDialect = (random: Random): Dialect =>
  random.pick([
    ...(['signalled', 'signalled', 'signalled', 'signalled', 'signalled'] as const),
    ...(['initiator', 'received', 'provider', 'provider'] as const),
  ])

/** Plans every delivery of one event: CometChat may repeat a webhook whether or not it was answered. */
function planDeliveries(
  random: Random,
  { sessionId, caller, group }: PlannedCall,
  first: { dialect: Dialect; eventAt: number; at: number; event: PlannedEvent },
): WebhookStep[] {
  const base = { do: 'webhook' as const, sessionId, caller, ...(group && { group }), ...first }
  const other = () => random.between(0, INGRESSES - 1)
  const ingress = other()
  const steps: WebhookStep[] = [{ ...base, ingress }]
  if (random.chance(0.15)) steps.push({ ...base, ingress })
  if (random.chance(0.15)) steps.push({ ...base, ingress: (ingress + 1) % INGRESSES })
  if (random.chance(0.15)) {
    steps.push({ ...base, ingress: other(), at: base.at + random.between(100, 2_000) })
  }
  if (random.chance(0.15)) steps.push({ ...base, ingress: other(), at: base.at + 10_000 })
  if (random.chance(0.05)) steps.push({ ...base, ingress: other(), at: base.at + 40_000 })
  if (first.event.kind !== 'answer' && random.chance(0.2)) {
    const at = Math.max(0, base.at + random.between(-200, 1_500))
    steps.push({ ...base, dialect: 'provider', ingress: other(), at })
  }
  return steps
}

/** Plans how a call ends, and whether a webhook says so. */
function planEnding(random: Random, call: PlannedCall, ringDialect: Dialect): WebhookStep[] {
  // At once while the ring is still being sent, or later.
  const at = call.at + random.between(0, random.pick([300, 6_000, 6_000, 20_000]))
  const someone = random.pick(call.recipients)
  const what = random.next()
  const deliveries = (event: PlannedEvent, when: number, dialect: Dialect) =>
    planDeliveries(random, call, { dialect, eventAt: when, at: when, event })

  if (what < 0.3) {
    if (!random.chance(0.4)) return []
    return endAll(random, call, 'unanswered', call.at + 31_000, ringDialect)
  }
  if (what < 0.58) return endAll(random, call, 'cancelled', at, ringDialect)
  if (what < 0.72) {
    const action = random.pick(['rejected', 'busy'] as const)
    if (!call.group) return endAll(random, call, action, at, ringDialect)
    return deliveries({ kind: 'end', action, callee: someone, recipient: someone }, at, 'provider')
  }
  // When the caller joins, that is not an answer.
  const callerJoins = random.chance(0.5)
    ? deliveries({ kind: 'answer', uid: call.caller }, call.at + random.between(0, 500), 'media')
    : []
  if (what < 0.78) return callerJoins
  const joins = deliveries({ kind: 'answer', uid: someone }, at, 'media')
  const ends = random.chance(0.5)
    ? deliveries({ kind: 'end', action: 'ended', callee: someone }, at + random.between(500, 20_000), 'media')
    : []
  return [...callerJoins, ...joins, ...ends]
}

function endAll(
  random: Random,
  call: PlannedCall,
  action: 'cancelled' | 'rejected' | 'unanswered' | 'busy',
  at: number,
  ringDialect: Dialect,
): WebhookStep[] {
  // The custom provider sends each member of a group a request.
  if (call.group) {
    return call.recipients.flatMap(recipient => {
      const event = { kind: 'end', action, callee: recipient, recipient } as const
      return planDeliveries(random, call, { dialect: 'provider', eventAt: at, at, event })
    })
  }
  const callee = call.recipients[0] ?? ''
  // Without its session, an end can be told from a later call of the same two people only by its time, so only a dialect with
  // times may leave out the session.
  const mayOmitSession = call.caller.startsWith('stranger') && ringDialect === 'signalled'
  const dialect = random.pick<Dialect>([
    'signalled',
    'signalled',
    'initiator',
    'provider',
    mayOmitSession ? 'conversation' : 'signalled',
  ])
  return planDeliveries(random, call, { dialect, eventAt: at, at, event: { kind: 'end', action, callee } })
}
