import type { CallRecord, RingRecord } from '@ringer/store'
import { type PhoneId, phoneIds } from '../phones/phone-state.ts'
import type { ArrivedPush } from '../simulation/arrived-push.ts'
import { explainDevice } from './explain-device.ts'
import { explainRetry } from './explain-retry.ts'

/** Milliseconds after the webhook left CometChat; absent while a step has not been taken. */
export type PhoneTimeline = {
  phone: PhoneId
  sent?: number | undefined
  accepted?: number | undefined
  rang?: number | undefined
  attempt?: number | undefined
  /** Why the attempt before failed, where there was one. */
  failed?: string | undefined
  /** The `apns-id` of each push that reached Apple. */
  apnsIds: string[]
  /** Why this phone did not ring. */
  problem?: string | undefined
}

export type Timeline = {
  stored?: number | undefined
  dequeued?: number | undefined
  phones: PhoneTimeline[]
}

type Device = RingRecord['devices'][number]

const platforms: Record<PhoneId, string> = { iphone: 'ios', android: 'android' }

/**
 * Lays the simulator's own observations (webhook sent, answer read, phone rang) and Ringer's record (dequeued, sent,
 * accepted) on one axis. Both are clocks of one machine in a demonstration; across machines they may disagree.
 */
export function buildTimeline(call: {
  /** When the first webhook left, epoch ms. Without one (a call placed elsewhere), the axis starts at its arrival. */
  webhookAt?: number | undefined
  storedAt?: number | undefined
  rangAt: Partial<Record<PhoneId, number>>
  pushes: ArrivedPush[]
  recipient: string
  /** How the record names the two phones, where their registration told. */
  deviceIds: Partial<Record<PhoneId, string | undefined>>
  record?: CallRecord | undefined
}): Timeline {
  const ring = call.record?.rings.find(({ recipient }) => recipient === call.recipient)
  const zero = call.webhookAt ?? ring?.receivedAt
  const after = (at: number | undefined) =>
    at === undefined || zero === undefined ? undefined : Math.max(0, Math.round((at - zero) * 10) / 10)

  return {
    stored: after(call.storedAt ?? (call.webhookAt === undefined ? ring?.receivedAt : undefined)),
    dequeued: after(ring?.dequeuedAt),
    phones: phoneIds.map(phone => {
      const device = deviceOf(ring, phone, call.deviceIds[phone])
      const pushes = call.pushes.filter(push => push.phone === phone)
      return {
        phone,
        sent: after(device?.sentAt),
        accepted: device?.outcome === 'accepted' ? after(device.settledAt) : undefined,
        rang: after(call.rangAt[phone]),
        attempt: device?.attempt,
        failed: device && explainRetry(device, pushes),
        apnsIds: pushes.flatMap(({ apnsId }) => apnsId ?? []),
        problem: problemOf(ring, device),
      }
    }),
  }
}

/** Bob may have more phones than this page shows; without an id, one of the platform that was reached tells the story. */
function deviceOf(ring: RingRecord | undefined, phone: PhoneId, id: string | undefined): Device | undefined {
  const devices = ring?.devices.filter(device => device.platform === platforms[phone]) ?? []
  if (id !== undefined) return devices.find(device => device.deviceId === id)
  return devices.find(device => device.outcome === 'accepted') ?? devices[0]
}

function problemOf(ring: RingRecord | undefined, device: Device | undefined): string | undefined {
  if (device) return explainDevice(device)
  // Devices are put on record just after the ring itself, so a ring without any may only be young.
  const decided = ring !== undefined && (ring.devices.length > 0 || ring.state !== 'ringing')
  return decided ? 'Ringer knew no such device of Bob’s when it rang' : undefined
}
