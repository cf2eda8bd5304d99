import type { CallRecord, RingRecord } from '@ringer/store'
import type { Handset } from '../phones/handset.ts'
import type { PhoneId } from '../phones/phone-state.ts'
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
  /** Why nobody, or not everybody, of a group was rung. */
  note?: string | undefined
  /** The phones of those who are called. */
  phones: PhoneTimeline[]
}

/** A phone that the call should ring, and what Ringer's record calls it, where its registration told. */
export type CalledPhone = Pick<Handset, 'id' | 'uid' | 'platform'> & {
  /** Its user's name. */
  owner: string
  deviceId?: string | undefined
}

type Device = RingRecord['devices'][number]

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
  phones: readonly CalledPhone[]
  record?: CallRecord | undefined
}): Timeline {
  const rings = (call.record?.rings ?? []).filter(({ recipient }) =>
    call.phones.some(({ uid }) => uid === recipient),
  )
  // A group's members are rung one after the other, from one webhook.
  const first = rings.toSorted((one, other) => one.dequeuedAt - other.dequeuedAt)[0]
  const zero = call.webhookAt ?? first?.receivedAt
  const after = (at: number | undefined) =>
    at === undefined || zero === undefined ? undefined : Math.max(0, Math.round((at - zero) * 10) / 10)

  return {
    stored: after(call.storedAt ?? (call.webhookAt === undefined ? first?.receivedAt : undefined)),
    dequeued: after(first?.dequeuedAt),
    note: call.record?.note,
    phones: call.phones.map(called => {
      const { id: phone, uid } = called
      const ring = rings.find(({ recipient }) => recipient === uid)
      const device = deviceOf(ring, called)
      const pushes = call.pushes.filter(push => push.phone === phone)
      return {
        phone,
        sent: after(device?.sentAt),
        accepted: device?.outcome === 'accepted' ? after(device.settledAt) : undefined,
        rang: after(call.rangAt[phone]),
        attempt: device?.attempt,
        failed: device && explainRetry(device, pushes),
        apnsIds: pushes.flatMap(({ apnsId }) => apnsId ?? []),
        problem: problemOf(ring, device, called),
      }
    }),
  }
}

/** A user may have more phones than this page shows; without an id, one of the platform that was reached tells the story. */
function deviceOf(ring: RingRecord | undefined, { platform, deviceId }: CalledPhone): Device | undefined {
  const devices = ring?.devices.filter(device => device.platform === platform) ?? []
  if (deviceId !== undefined) return devices.find(device => device.deviceId === deviceId)
  return devices.find(device => device.outcome === 'accepted') ?? devices[0]
}

function problemOf(
  ring: RingRecord | undefined,
  device: Device | undefined,
  { owner }: CalledPhone,
): string | undefined {
  if (device) return explainDevice(device)
  // Devices are put on record just after the ring itself, so a ring without any may only be young.
  const decided = ring !== undefined && (ring.devices.length > 0 || ring.state !== 'ringing')
  return decided ? `Ringer knew no such device of ${owner.split(' ')[0]}’s when it rang` : undefined
}
