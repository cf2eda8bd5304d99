import type { CallRecord, RingRecord, WaitingCall } from '@ringer/store'
import { verdictOf } from '../verdict-of.ts'
import { arrivalOf, attemptsOf } from './attempts.ts'
import { receiptsOf } from './receipts.ts'

/** One step of a call: what happened, and to whom. */
export interface Step {
  at: string
  /** In ms after the first webhook arrived. */
  ms: number
  what: string
  recipient?: string | undefined
  deviceId?: string | undefined
}

type TimedStep = Pick<Step, 'what' | 'recipient' | 'deviceId'> & { at: number }

/** Lists what happened to a call, by time. */
export function timelineOf(call: CallRecord | undefined): Step[] {
  if (!call) return []
  const steps = [...webhooksOf(call), ...call.rings.flatMap(stepsOf)]
  if (call.end && call.rings.length === 0) steps.push({ at: call.end.at, what: `over: ${call.end.action}` })
  const zero = Math.min(...steps.map(({ at }) => at))
  return steps
    .toSorted((one, other) => one.at - other.at)
    .map(({ at, ...step }) => ({ at: iso(at), ms: at - zero, ...step }))
}

/** Each webhook is one step, although it may be on record, waiting, and the ring's own. */
function webhooksOf({ webhooks = [], waiting = [], rings }: CallRecord): TimedStep[] {
  const isSame = (kind: string, receivedAt: number) => (call: WaitingCall) =>
    call.kind === kind && call.receivedAt === receivedAt
  const answered = webhooks.filter(
    ({ kind, receivedAt, answer }) => answer === 'duplicate' || !waiting.some(isSame(kind, receivedAt)),
  )
  const isRung = ({ kind, receivedAt }: WaitingCall) =>
    (kind === 'ring' || kind === 'group') && rings.some(ring => ring.receivedAt === receivedAt)
  return [
    ...answered.map(({ receivedAt: at, kind, answer }) => ({
      at,
      what: `webhook (${kind}) ${answer === 'queued' ? 'stored' : `duplicate: ${verdictOf({ code: 'duplicate' }).sentence}`}`,
    })),
    ...waiting
      .filter(call => !isRung(call))
      .map(({ receivedAt: at, kind }) => ({ at, what: `webhook (${kind}) stored, waits for a worker` })),
  ]
}

function stepsOf(ring: RingRecord): TimedStep[] {
  const { recipient, dequeuedAt, answeredAt, endedAt, endAction } = ring
  const steps: TimedStep[] = [
    { at: arrivalOf(ring), what: 'webhook stored', recipient },
    { at: dequeuedAt, what: 'taken by a worker', recipient },
  ]
  for (const device of ring.devices) {
    const { deviceId } = device
    for (const { attempt, at: unsentAt, sentAt, tookMs, words } of attemptsOf(device, ring)) {
      const [leftAt, endedAt] = [sentAt, unsentAt].map(instant => (instant ? Date.parse(instant) : undefined))
      if (leftAt !== undefined)
        steps.push({ at: leftAt, what: `attempt ${attempt} sent`, recipient, deviceId })
      const at = leftAt !== undefined && tookMs !== undefined ? leftAt + tookMs : endedAt
      if (at !== undefined) steps.push({ at, what: `attempt ${attempt}: ${words}`, recipient, deviceId })
    }
    for (const { event, at } of receiptsOf(device, ring))
      steps.push({ at: Date.parse(at), what: `the phone reports: ${event}`, recipient, deviceId })
  }
  if (answeredAt !== undefined) steps.push({ at: answeredAt, what: 'answered', recipient })
  if (endedAt !== undefined) steps.push({ at: endedAt, what: `over: ${endAction ?? 'ended'}`, recipient })
  return steps
}

const iso = (at: number) => new Date(at).toISOString()
