import type { PhoneState } from '@ringer/payloads'
import type { PhoneRing } from '@ringer/store'

/** A ring is over when it ended, and at its deadline at the latest. Epoch ms. */
export const overAt = ({ endedAt, deadline }: Pick<PhoneRing, 'endedAt' | 'deadline'>) =>
  Math.min(endedAt ?? deadline, deadline)

/**
 * Describes a ring to one of its phones: this ring and nothing else, so nothing of the caller's other calls, of the other members
 * of a group, or of the recipient's other phones.
 *
 * @param now epoch ms: a ring that nobody answered until its deadline is expired, whether or not that is on record
 */
export function describeState(ring: PhoneRing, deviceId: string, now: number): PhoneState {
  const { caller, receiver } = ring.event
  return {
    ...what(ring, deviceId, now),
    deadline: ring.deadline,
    now,
    caller: { uid: caller.uid, ...(caller.name !== undefined && { name: caller.name }) },
    ...(caller.avatar !== undefined && { avatar: caller.avatar }),
    ...(receiver.type === 'group' && {
      group: {
        guid: receiver.uid,
        ...(receiver.name !== undefined && { name: receiver.name }),
        ...(receiver.avatar !== undefined && { icon: receiver.avatar }),
      },
    }),
  }
}

function what(
  { state, endAction, answeredOn, deadline }: PhoneRing,
  deviceId: string,
  now: number,
): Pick<PhoneState, 'state' | 'callAction' | 'answeredHere'> {
  switch (state) {
    case 'ended':
      return { state, callAction: endAction ?? 'ended' }
    case 'answered':
      return { state, callAction: 'ongoing', ...(answeredOn === deviceId && { answeredHere: true }) }
    case 'ringing':
      return now < deadline ? { state, callAction: 'initiated' } : expired
    // A ring that was refused rang no phone, so nobody asks.
    case 'expired':
    case 'refused':
      return expired
  }
}

const expired = { state: 'expired', callAction: 'unanswered' } as const
