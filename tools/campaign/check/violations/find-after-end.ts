import { ALLOWED_MS, ALLOWED_ROUND_TRIPS } from '../allowances.ts'
import type { Health } from '../health.ts'
import type { Ring } from '../rings.ts'
import type { Violation } from './violation.ts'

/** Finds rings that were sent after the call had ended, or was answered, although the worker could have known it. */
export function findAfterEnd(ring: Ring, health: Health): Violation[] {
  const { endedAt, sessionId, recipient } = ring
  if (endedAt === undefined) return []
  return ring.pushes.flatMap((push): Violation[] => {
    const { at, token } = push
    // If the network delayed the push, it was sent earlier.
    const sentAt = at - (health.transportMs(push) - ALLOWED_MS.transport)
    if (!hasTakenEffect(endedAt, sentAt, health)) return []
    const thawed = health
      .troublesOfSender(push, { from: sentAt - ALLOWED_MS.transport, to: sentAt })
      .some(
        ({ kind, from, to }) =>
          kind === 'freeze-worker' && to <= sentAt && from <= endedAt + settlingMs(endedAt, sentAt, health),
      )
    if (thawed) return []
    const what = `sent ${sentAt - endedAt} ms after the end was answered 200`
    return [{ kind: 'after the end', what, sessionId, recipient, token }]
  })
}

/** How long an end that was answered 200 at `endedAt` may take until pushes and states take it into account, ms. */
const settlingMs = (endedAt: number, at: number, health: Health) =>
  ALLOWED_MS.settling + ALLOWED_ROUND_TRIPS * health.roundTripMs({ from: endedAt, to: at })

/** Whether an end that was answered 200 at `endedAt` must have taken effect by `at`. */
export function hasTakenEffect(endedAt: number, at: number, health: Health): boolean {
  const settling = settlingMs(endedAt, at, health)
  if (at <= endedAt + settling) return false
  const times = health.wellTimes({ from: endedAt, to: at })
  const sinceEnd = times.filter(({ from }) => from === endedAt)
  // The event may have been held by a worker, or by a Redis, that was down.
  return (
    health.wasWellFor(settling, sinceEnd, 0) || health.wasWellFor(settling + ALLOWED_MS.recovery, times, 0)
  )
}
