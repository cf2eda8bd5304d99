import { type DiagnosisCode, diagnoseRing, verdictOf } from '@ringer/diagnosis'
import { nameBasedUuid, type OutgoingEvent, type OutgoingEventType, type RingEvent } from '@ringer/payloads'
import type { RingRecord } from '@ringer/store'

/** A recipient who rejected the call, or was busy, has seen it. */
const missedBy: ReadonlySet<string> = new Set(['cancelled', 'unanswered'])

/** The call was over before a phone was rung, which is no fault. */
const noFault: ReadonlySet<DiagnosisCode> = new Set(['answered-first', 'ended-first'])

const open: ReadonlySet<string> = new Set(['queued', 'sending', 'retryable'])

/** A ring as it is on record, with the call's event. */
export interface KnownRing {
  appId: string
  ring: RingRecord
  event: RingEvent
}

/**
 * Lists the events that a ring's record shows at this instant, in the order of types. A pure function of the record: if
 * another worker reads the record again after a crash, it finds the same events with the same ids.
 *
 * @param now epoch ms, by Redis's clock
 */
export function ringEvents({ appId, ring, event }: KnownRing, now: number): OutgoingEvent[] {
  const { ringId, recipient, sessionId, deadline, answeredAt, endedAt, endAction, answeredOn } = ring
  const about = {
    ...{ ringId, sessionId, recipient, caller: event.caller.uid },
    ...(event.receiver.type === 'group' && { group: event.receiver.uid }),
    ...{ callType: event.callType, receivedAt: iso(ring.receivedAt), deadline: iso(deadline) },
  }
  const common = <Type extends OutgoingEventType>(type: Type, at: number) => ({
    // A session may be used again for a later call, whose deadline is another one.
    ...{ id: nameBasedUuid('event', type, ringId, deadline), appId, type, occurredAt: iso(at) },
  })
  const events: OutgoingEvent[] = []

  const accepted = earliest(ring, ({ outcome, settledAt }) =>
    outcome === 'accepted' ? settledAt : undefined,
  )
  if (accepted)
    events.push({ ...common('ring.accepted', accepted.at), data: { ...about, ...accepted.phone } })

  const shown = earliest(ring, ({ receipts }) => receipts?.shown?.at)
  if (shown) events.push({ ...common('ring.shown', shown.at), data: { ...about, ...shown.phone } })

  if (answeredAt !== undefined)
    events.push({
      ...common('ring.answered', answeredAt),
      data: { ...about, ...(answeredOn !== undefined && { answeredOn }) },
    })
  if (endedAt !== undefined)
    events.push({
      ...common('ring.ended', endedAt),
      data: { ...about, action: endAction ?? 'ended' },
    })

  const isMissed = endedAt === undefined ? now >= deadline : missedBy.has(endAction ?? '')
  const hasRung = accepted !== undefined || shown !== undefined
  if (hasRung && answeredAt === undefined && isMissed) {
    const at = Math.min(endedAt ?? deadline, deadline)
    events.push({ ...common('ring.missed', at), data: { ...about, diagnosis: diagnosisOf(ring, now) } })
  }
  const failedAt = hasRung ? undefined : whenSettled(ring, now)
  if (failedAt !== undefined) {
    const diagnosis = diagnosisOf(ring, now)
    if (!noFault.has(diagnosis.code))
      events.push({ ...common('ring.failed', failedAt), data: { ...about, diagnosis } })
  }
  return events
}

function diagnosisOf(ring: RingRecord, now: number) {
  const { docs, ...diagnosis } = verdictOf(diagnoseRing(ring, now))
  return diagnosis
}

/** Whether a push is under way, so that the ring may still reach a phone although its deadline has passed. */
export const isUnderWay = ({ devices }: RingRecord) => devices.some(({ outcome }) => outcome === 'sending')

/** The phone for which this instant is the earliest. */
function earliest(
  { devices }: RingRecord,
  instantOf: (device: RingRecord['devices'][number]) => number | undefined,
) {
  const found = devices.flatMap(device => {
    const at = instantOf(device)
    return at === undefined ? [] : [{ at, phone: { deviceId: device.deviceId, platform: device.platform } }]
  })
  return found.toSorted((one, other) => one.at - other.at)[0]
}

/** When no phone was left that the ring might reach. Undefined: there still is one. */
function whenSettled({ devices, deadline, dequeuedAt }: RingRecord, now: number): number | undefined {
  if (devices.some(({ outcome }) => open.has(outcome))) return now >= deadline ? deadline : undefined
  return Math.max(...devices.map(({ settledAt }) => settledAt ?? dequeuedAt), dequeuedAt)
}

const iso = (at: number) => new Date(at).toISOString()
