import { providerOf, providers } from '@ringer/providers'
import type { RingRecord } from '@ringer/store'
import { type AttemptView, attemptsOf } from './describe/attempts.ts'
import { type ReceiptView, receiptsOf } from './describe/receipts.ts'
import { type Step, timelineOf } from './describe/timeline.ts'
import { diagnoseCall } from './diagnose/diagnose-call.ts'
import { diagnosePhone } from './diagnose/diagnose-phone.ts'
import { diagnoseRing } from './diagnose/diagnose-ring.ts'
import { describeRefusals } from './explain-none.ts'
import type { KnownCall } from './known-call.ts'
import { type RingStateNow, stateAt } from './state-at.ts'
import { type Verdict, verdictOf } from './verdict-of.ts'

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
  const rings = (call?.rings ?? []).map(ring => describeRing(ring, known, now))
  return {
    ...(call && { appId: call.appId }),
    sessionId,
    verdict,
    nextStep: verdict.fix === '' ? 'nothing' : verdict.fix,
    ...(call?.note && { note: call.note }),
    ...(verdict.code === 'webhook-refused' && { note: describeRefusals(refusedWebhooks) }),
    rings,
    timeline: timelineOf(call),
  }
}

function describeRing(ring: RingRecord, { workers }: KnownCall, now: number): RingView {
  return {
    ringId: ring.ringId,
    recipient: ring.recipient,
    state: stateAt(ring, now),
    verdict: verdictOf(diagnoseRing(ring, now, workers)),
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
        verdict: verdictOf(diagnosePhone(device, ring, now, workers)),
        attempts: attemptsOf(device, ring),
        receipts: receiptsOf(device, ring),
      }
    }),
  }
}

const iso = (at: number) => new Date(at).toISOString()
