import type { DeviceRecord } from '@ringer/store'
import type { ArrivedPush } from './arrived-push.ts'

/** One push for one phone. */
export interface PushAttempt {
  /** When it arrived at the provider, or left if it never arrived, or could not leave. */
  at: number
  /** `unanswered`: it arrived, and the provider did not answer. `lost`: it did not arrive. `unsent`: it did not leave. */
  outcome: 'accepted' | 'refused' | 'unanswered' | 'lost' | 'unsent'
  /** The provider's answer, such as `503 ServiceUnavailable`, or why it could not leave: `not sent: no connection`. */
  answer?: string | undefined
}

/** The clocks of the worker and of the stand-in may differ by this much, ms. */
const SLACK_MS = 5

/**
 * Lists the attempts on one phone, in order. A push that left and did not arrive before the next one left was lost: its connection
 * is frozen, or was refused.
 *
 * @param pushes those that arrived, in order
 * @param device what Ringer recorded, which knows when the latest attempts left
 */
export function listPushAttempts(
  pushes: readonly ArrivedPush[],
  device: DeviceRecord | undefined,
): PushAttempt[] {
  const departures = [...(device?.failed ?? []), device].flatMap(attempt => attempt?.sentAt ?? [])
  const left = departures.sort((one, other) => one - other)
  const lost = left.filter((at, index) => {
    const next = left[index + 1] ?? Number.POSITIVE_INFINITY
    return !pushes.some(push => push.at >= at - SLACK_MS && push.at < next - SLACK_MS)
  })
  return [...lost.map(lostAttempt), ...pushes.map(arrivedAttempt), ...unsentAttempts(device)].sort(
    (one, other) => one.at - other.at,
  )
}

const unsentAttempts = (device: DeviceRecord | undefined): PushAttempt[] =>
  (device?.failed ?? []).flatMap(({ sentAt, failedAt, reason }) =>
    sentAt === undefined && failedAt !== undefined
      ? [{ at: failedAt, outcome: 'unsent', answer: reason }]
      : [],
  )

const lostAttempt = (at: number): PushAttempt => ({ at, outcome: 'lost' })

function arrivedAttempt({ at, accepted, status, reason }: ArrivedPush): PushAttempt {
  if (status === null) return { at, outcome: 'unanswered' }
  return {
    at,
    outcome: accepted ? 'accepted' : 'refused',
    answer: [status, reason].filter(Boolean).join(' '),
  }
}
