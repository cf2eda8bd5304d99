import { diagnosePhone, diagnoseRing, type Verdict, verdictOf } from '@ringer/diagnosis'
import { type ReceiptEvent, receiptEvents } from '@ringer/payloads'
import type { CallRecord, RingRecord } from '@ringer/store'
import type { Handset } from '../phones/handset.ts'
import type { PhoneId } from '../phones/handset-state.ts'
import type { ArrivedPush } from './arrived-push.ts'
import { explainRetry } from './explain-retry.ts'
import { listPushAttempts, type PushAttempt } from './list-push-attempts.ts'

/** One phone's steps, in ms after the webhook left CometChat. A step that has not happened yet is undefined. */
export interface PhoneTimeline {
  phone: PhoneId
  sent?: number | undefined
  accepted?: number | undefined
  rang?: number | undefined
  /** What its app reported, and when the report arrived, in order. */
  receipts: { event: ReceiptEvent; at: number }[]
  attempt?: number | undefined
  /** Every push for it, in order. */
  attempts: PushAttempt[]
  /** Why the previous attempt failed, if there was one. */
  failed?: string | undefined
  /** The `apns-id` of each push that reached Apple. */
  apnsIds: string[]
  /** Why this phone rang or did not, as far as is known. */
  verdict?: Verdict | undefined
  /** What the provider answered instead of accepting the push, such as `410 Unregistered`. */
  answer?: string | undefined
}

export interface Timeline {
  /** When a ring is worth nothing any more: no attempt starts after it. */
  deadline?: number | undefined
  stored?: number | undefined
  dequeued?: number | undefined
  /** Why no member of a group, or not every member, was rung. */
  note?: string | undefined
  /** The phones of the people called. */
  phones: PhoneTimeline[]
}

/** A phone that the call should ring. */
export interface CalledPhone extends Pick<Handset, 'id' | 'uid' | 'platform'> {
  /** Its user's name. */
  owner: string
  /** The phone's id in Ringer's records, if the answer to its registration contained it. */
  deviceId?: string | undefined
}

type RungDevice = RingRecord['devices'][number]

/**
 * Puts the simulator's own observations (webhook sent, answer read, phone rang) and Ringer's record (dequeued, sent,
 * accepted) on one time axis. In the demo both use the clock of one machine; clocks of several machines may disagree.
 */
export function buildTimeline(call: {
  /** When the first webhook left, epoch ms. Undefined for a call placed elsewhere: its axis starts when it arrived. */
  webhookAt?: number | undefined
  storedAt?: number | undefined
  rangAt: Partial<Record<PhoneId, number>>
  pushes: ArrivedPush[]
  phones: readonly CalledPhone[]
  record?: CallRecord | undefined
  /** Epoch ms. */
  now: number
}): Timeline {
  const rings = (call.record?.rings ?? []).filter(({ recipient }) =>
    call.phones.some(({ uid }) => uid === recipient),
  )
  // One webhook rings the members of a group one after the other.
  const first = rings.toSorted((one, other) => one.dequeuedAt - other.dequeuedAt)[0]
  const zero = call.webhookAt ?? first?.receivedAt
  const after = (at: number | undefined) =>
    at === undefined || zero === undefined ? undefined : Math.max(0, Math.round((at - zero) * 10) / 10)

  return {
    deadline: after(first?.deadline),
    // The ingress's answer takes its time to arrive here. A worker can take the call before that, but not before it is stored.
    stored: earliest(
      after(call.storedAt ?? (call.webhookAt === undefined ? first?.receivedAt : undefined)),
      after(first?.dequeuedAt),
    ),
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
        receipts: receiptEvents
          .flatMap(event => {
            const at = after(device?.receipts?.[event]?.at)
            return at === undefined ? [] : { event, at }
          })
          .sort((one, other) => one.at - other.at),
        attempt: device?.attempt,
        attempts: listPushAttempts(pushes, device).map(({ at, ...attempt }) => ({
          at: after(at) ?? 0,
          ...attempt,
        })),
        failed: device && explainRetry(device, pushes),
        apnsIds: pushes.flatMap(({ apnsId }) => apnsId ?? []),
        verdict: verdictOn(ring, device, call.now),
        answer: device && answerOf(device),
      }
    }),
  }
}

function earliest(...times: (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined)
  return known.length > 0 ? Math.min(...known) : undefined
}

/**
 * Finds the phone in Ringer's record. A user may have more phones than this page shows, so without a device id the best
 * guess is a device of the same platform, preferably one whose push was accepted.
 */
function deviceOf(ring: RingRecord | undefined, { platform, deviceId }: CalledPhone): RungDevice | undefined {
  const devices = ring?.devices.filter(device => device.platform === platform) ?? []
  if (deviceId !== undefined) return devices.find(device => device.deviceId === deviceId)
  return devices.find(device => device.outcome === 'accepted') ?? devices[0]
}

function verdictOn(
  ring: RingRecord | undefined,
  device: RungDevice | undefined,
  now: number,
): Verdict | undefined {
  if (!ring) return undefined
  if (device) return verdictOf(diagnosePhone(device, ring, now))
  // Devices are recorded just after the ring itself, so a ring without devices may be one that has only just started.
  if (ring.devices.length === 0)
    return ring.state === 'ringing' ? undefined : verdictOf(diagnoseRing(ring, now))
  return verdictOf({ code: 'no-device' })
}

function answerOf({ outcome, status, reason }: RungDevice): string | undefined {
  if (outcome === 'accepted') return undefined
  return [status, reason].filter(part => part !== undefined).join(' ') || undefined
}
