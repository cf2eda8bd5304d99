import type { Health } from '../health.ts'
import type { Ring } from '../rings.ts'
import type { Violation } from './violation.ts'

/** Finds rings that were sent after their deadline, or that their provider may deliver after it. */
export function findLate(ring: Ring, health: Health): Violation[] {
  const { sessionId, recipient, deadline, deadlines, record } = ring
  const late = (what: string, token?: string): Violation => ({
    ...{ kind: 'late', what, sessionId, recipient, token },
  })
  const recorded = record?.deadline
  const wrongDeadline =
    recorded !== undefined && (recorded > deadlines.to || recorded < deadlines.from)
      ? [
          late(
            `the recorded deadline is ${recorded - deadlines.to} ms after the latest that its webhooks allow`,
          ),
        ]
      : []
  const latePushes = ring.pushes.flatMap(push => {
    const { provider, at, token, expiresAt } = push
    const transport = health.transportMs(push)
    const found: Violation[] = []
    if (at > deadline + transport) found.push(late(`sent ${at - deadline} ms after the deadline`, token))
    // Google's ttl counts from the arrival, which the network may delay; Apple's expiration is an instant.
    const slack = provider === 'fcm' ? transport : 0
    if (expiresAt === undefined || expiresAt > deadline + slack) {
      const beyond =
        expiresAt === undefined
          ? 'without a time limit'
          : `up to ${expiresAt - deadline} ms after the deadline`
      found.push(late(`may be delivered ${beyond}`, token))
    }
    return found
  })
  return [...wrongDeadline, ...latePushes]
}
