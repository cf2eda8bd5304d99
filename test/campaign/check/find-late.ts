import type { Health } from './health.ts'
import type { Ring } from './rings.ts'
import type { Violation } from './violation.ts'

/** The rings that left after their deadline, or that their provider may deliver after it. */
export function findLate(ring: Ring, health: Health): Violation[] {
  const { sessionId, recipient, deadline, deadlines, record } = ring
  const late = (what: string, token?: string): Violation => ({
    ...{ kind: 'late', what, sessionId, recipient, token },
  })
  const onRecord = record?.deadline
  const wrongDeadline =
    onRecord !== undefined && (onRecord > deadlines.to || onRecord < deadlines.from)
      ? [late(`the deadline on record is ${onRecord - deadlines.to} ms beyond what its webhooks allow`)]
      : []
  const latePushes = ring.pushes.flatMap(({ provider, at, token, expiresAt }) => {
    const transport = health.transportMs(provider, at)
    const found: Violation[] = []
    if (at > deadline + transport) found.push(late(`sent ${at - deadline} ms after the deadline`, token))
    // Google's ttl counts from the arrival, which the wire may put off; Apple's expiration is an instant.
    const slack = provider === 'fcm' ? transport : 0
    if (expiresAt === undefined || expiresAt > deadline + slack) {
      const beyond = expiresAt === undefined ? 'for ever' : `${expiresAt - deadline} ms beyond the deadline`
      found.push(late(`may be delivered ${beyond}`, token))
    }
    return found
  })
  return [...wrongDeadline, ...latePushes]
}
