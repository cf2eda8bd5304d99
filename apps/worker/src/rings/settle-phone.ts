import { diagnosePhone } from '@ringer/diagnosis'
import type { RingJob } from '@ringer/payloads'
import type { OutageLog } from '@ringer/service'
import {
  type CallRecords,
  type DeviceChange,
  type DeviceOutcome,
  type DeviceRecord,
  type EventNotes,
  noEventNotes,
  type SettledDevice,
  type SettledRing,
} from '@ringer/store'
import type { ReportRingEnd, RingEnd } from '../attempts/create-ring-end-report.ts'
import { persist } from '../attempts/persist.ts'

/** A phone's part in a ring. */
type RungPhone = Pick<RingJob, 'appId' | 'ringId' | 'sessionId' | 'deviceId' | 'deadline'>

export interface SettleDeps {
  records: CallRecords
  events: EventNotes
  redisOutage: OutageLog
  reportRingEnd: ReportRingEnd
  clock: () => number
}

/**
 * Writes how a phone's part in a ring ended, as soon as Redis takes it, then reports it in the log and the metrics, and notes it for
 * the app's backend. Every part ends here, so that no end is left out of one of them.
 *
 * @param providerOf returns the provider that reaches the phone
 * @returns the ring after that; undefined if it is not on record any more
 */
export async function settlePhone(
  phone: RungPhone,
  change: DeviceChange & { outcome: DeviceOutcome },
  deps: SettleDeps,
  providerOf: (device: DeviceRecord) => { name: string } | undefined,
): Promise<SettledRing | undefined> {
  const { records, redisOutage, clock } = deps
  const settledAt = clock()
  const ring = await persist(
    () => records.recordDevice(phone.ringId, phone.deviceId, { ...change, settledAt }),
    redisOutage,
  )
  if (ring?.settled) {
    const provider = providerOf(ring.settled.device)
    deps.reportRingEnd(phoneEnd(phone, ring.settled, { provider, clock }))
  }
  if (ring) await noteRing(phone, deps)
  return ring
}

/**
 * Has the ring looked at for the app's backend. A job that runs again after a crash notes it again, which changes nothing.
 *
 * @param at when, epoch ms. Default: now
 */
export async function noteRing(
  { appId, ringId }: Pick<RungPhone, 'appId' | 'ringId'>,
  { events, redisOutage }: Pick<SettleDeps, 'events' | 'redisOutage'>,
  at?: number,
): Promise<void> {
  if (events !== noEventNotes) await persist(() => events.ring({ appId, ringId }, at), redisOutage)
}

/** The end of one phone's part in a ring. */
export function phoneEnd(
  { appId, sessionId, deviceId, deadline }: Pick<RungPhone, 'appId' | 'sessionId' | 'deviceId' | 'deadline'>,
  { recipient, receivedAt, endedAt, device }: SettledDevice,
  { provider, clock }: { provider?: { name: string } | undefined; clock: () => number },
): RingEnd {
  const { outcome, status, reason } = device
  return {
    ...{ app: appId, sessionId, recipient, deviceId, provider: provider?.name, receivedAt },
    ...{ outcome, status, reason },
    // A device that is settled has its own reason: the ring's state says nothing more.
    diagnosis: diagnosePhone(device, { state: 'ringing', deadline, ...(endedAt && { endedAt }) }, clock())
      .code,
  }
}
