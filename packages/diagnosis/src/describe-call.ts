import { providerOf, providers } from '@ringer/providers'
import type { DeviceRecord, RingRecord } from '@ringer/store'
import { diagnoseCall } from './diagnose/diagnose-call.ts'
import { diagnosePhone } from './diagnose/diagnose-phone.ts'
import { diagnoseRing } from './diagnose/diagnose-ring.ts'
import { type Verdict, verdictOf } from './diagnoses.ts'
import { describeRefusals } from './explain-none.ts'
import type { KnownCall } from './known-call.ts'
import { type RingStateNow, stateAt } from './state-at.ts'

/** One attempt to push to a phone. Instants are ISO 8601, in UTC. */
export interface AttemptView {
  attempt: number
  sentAt?: string | undefined
  /** When it left, in ms after the webhook arrived. */
  ms?: number | undefined
  /** How long the provider took to answer, ms. */
  tookMs?: number | undefined
  /** How much of the ring was left when it was sent, ms. */
  leftMs?: number | undefined
  outcome: string
  status?: number | undefined
  reason?: string | undefined
}

type Receipts = NonNullable<DeviceRecord['receipts']>

/** What a phone reported. Instants are ISO 8601, in UTC. */
export interface ReceiptView {
  event: keyof Receipts
  at: string
  /** When it arrived, in ms after the webhook: for `shown`, the time from the webhook to the screen. */
  ms: number
  /** When it happened, by the phone's own clock. */
  phoneAt?: string | undefined
  deliveredPriority?: 'high' | 'normal' | undefined
  originalPriority?: 'high' | 'normal' | undefined
  appVersion?: string | undefined
  osVersion?: string | undefined
}

export interface DeviceView {
  deviceId: string
  /** The app's own name for the phone, if it gave one. */
  appDeviceId?: string | undefined
  platform: string
  provider?: string | undefined
  /** The push's id at the provider, e.g. `apns-id`. It is the same on every attempt. */
  pushId?: string | undefined
  verdict: Verdict
  attempts: AttemptView[]
  /** In the order in which they arrived. */
  receipts: ReceiptView[]
}

export interface RingView {
  ringId: string
  recipient: string
  state: RingStateNow
  verdict: Verdict
  receivedAt: string
  deadline: string
  note?: string | undefined
  devices: DeviceView[]
}

/** One step of a call: what happened, and to whom. */
export interface Step {
  at: string
  /** In ms after the first webhook arrived. */
  ms: number
  what: string
  recipient?: string | undefined
  deviceId?: string | undefined
}

/** A call as the admin API answers it and `ringer why --json` prints it. */
export interface CallView {
  appId?: string | undefined
  sessionId: string
  verdict: Verdict
  /** What to do now: the fix of the verdict, or `nothing`. */
  nextStep: string
  note?: string | undefined
  rings: RingView[]
  timeline: Step[]
}

/**
 * Describes a call at one instant.
 *
 * @param now epoch ms, by Redis's clock
 */
export function describeCall(sessionId: string, known: KnownCall, now: number): CallView {
  const { call, refusedWebhooks = [] } = known
  const verdict = verdictOf(diagnoseCall(known, now))
  const rings = (call?.rings ?? []).map(ring => describeRing(ring, now))
  return {
    ...(call && { appId: call.appId }),
    sessionId,
    verdict,
    nextStep: verdict.fix === '' ? 'nothing' : verdict.fix,
    ...(call?.note && { note: call.note }),
    ...(verdict.code === 'webhook-refused' && { note: describeRefusals(refusedWebhooks) }),
    rings,
    timeline: timelineOf(known),
  }
}

function describeRing(ring: RingRecord, now: number): RingView {
  return {
    ringId: ring.ringId,
    recipient: ring.recipient,
    state: stateAt(ring, now),
    verdict: verdictOf(diagnoseRing(ring, now)),
    receivedAt: iso(ring.receivedAt),
    deadline: iso(ring.deadline),
    ...(ring.note && { note: ring.note }),
    devices: ring.devices.map(device => {
      const provider = providerOf(device, providers)
      return {
        deviceId: device.deviceId,
        ...(device.appDeviceId !== undefined && { appDeviceId: device.appDeviceId }),
        platform: device.platform,
        provider: provider?.name,
        pushId: provider?.pushId?.(ring.ringId, device.deviceId),
        verdict: verdictOf(diagnosePhone(device, ring, now)),
        attempts: attemptsOf(device, ring),
        receipts: receiptsOf(device, ring),
      }
    }),
  }
}

/** The attempts that failed, and the last one. */
function attemptsOf(device: DeviceRecord, { receivedAt, deadline }: RingRecord): AttemptView[] {
  const { failed = [], attempt, sentAt, settledAt, outcome, status, reason } = device
  const view = (sent: number | undefined, answered: number | undefined) => ({
    ...(sent !== undefined && { sentAt: iso(sent), ms: sent - receivedAt, leftMs: deadline - sent }),
    ...(sent !== undefined && answered !== undefined && { tookMs: answered - sent }),
  })
  const earlier = failed.map(one => ({
    attempt: one.attempt,
    ...view(one.sentAt, one.failedAt),
    outcome: one.failedAt === undefined ? 'unanswered' : 'retryable',
    ...(one.status !== undefined && { status: one.status }),
    ...(one.reason !== undefined && { reason: one.reason }),
  }))
  const isListed = outcome === 'retryable' || attempt === 0
  if (isListed) return earlier
  const last = {
    attempt,
    ...view(sentAt, settledAt),
    outcome,
    ...(status !== undefined && { status }),
    ...(reason !== undefined && { reason }),
  }
  return [...earlier, last]
}

function receiptsOf({ receipts = {} }: DeviceRecord, { receivedAt }: RingRecord): ReceiptView[] {
  const reported = Object.entries(receipts) as [keyof Receipts, Required<Receipts>[keyof Receipts]][]
  return reported
    .map(([event, receipt]) => ({ event, ...receipt }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ event, at, phoneAt, ...more }) => ({
      ...{ event, at: iso(at), ms: at - receivedAt },
      ...(phoneAt !== undefined && { phoneAt: iso(phoneAt) }),
      ...more,
    }))
}

function timelineOf({ call }: KnownCall): Step[] {
  if (!call) return []
  const steps: { at: number; what: string; recipient?: string; deviceId?: string }[] = []
  for (const { receivedAt, kind, answer } of call.webhooks ?? []) {
    const result = answer === 'queued' ? 'stored' : `duplicate: ${verdictOf({ code: 'duplicate' }).sentence}`
    steps.push({ at: receivedAt, what: `webhook (${kind}) ${result}` })
  }
  for (const { receivedAt, kind } of call.waiting ?? []) {
    steps.push({ at: receivedAt, what: `webhook (${kind}) stored, waits for a worker` })
  }
  for (const ring of call.rings) {
    const { recipient, receivedAt, dequeuedAt, answeredAt, endedAt, endAction } = ring
    steps.push({ at: receivedAt, what: 'webhook stored', recipient })
    steps.push({ at: dequeuedAt, what: 'taken by a worker', recipient })
    for (const device of ring.devices) {
      const { deviceId } = device
      for (const { attempt, sentAt, tookMs, outcome, status, reason } of attemptsOf(device, ring)) {
        if (sentAt === undefined) continue
        const answer = [outcome, status, reason].filter(part => part !== undefined).join(' ')
        const at = Date.parse(sentAt)
        steps.push({ at, what: `attempt ${attempt} sent`, recipient, deviceId })
        if (tookMs !== undefined) {
          steps.push({ at: at + tookMs, what: `attempt ${attempt}: ${answer}`, recipient, deviceId })
        }
      }
    }
    for (const device of ring.devices) {
      for (const { event, at } of receiptsOf(device, ring)) {
        const { deviceId } = device
        steps.push({ at: Date.parse(at), what: `the phone reports: ${event}`, recipient, deviceId })
      }
    }
    if (answeredAt !== undefined) steps.push({ at: answeredAt, what: 'answered', recipient })
    if (endedAt !== undefined) steps.push({ at: endedAt, what: `over: ${endAction ?? 'ended'}`, recipient })
  }
  if (call.end && call.rings.length === 0) steps.push({ at: call.end.at, what: `over: ${call.end.action}` })
  const zero = Math.min(...steps.map(({ at }) => at))
  return steps
    .toSorted((one, other) => one.at - other.at)
    .map(({ at, ...step }) => ({ at: iso(at), ms: at - zero, ...step }))
}

const iso = (at: number) => new Date(at).toISOString()
