import { allow } from './allowances.ts'
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

/** The rings that left although the call had ended, or the recipient had answered, and everything was well enough to know. */
export function findAfterEnd(ring: Ring, health: Health): Violation[] {
  const { endedAt, sessionId, recipient } = ring
  if (endedAt === undefined) return []
  return ring.pushes.flatMap(({ provider, at, token }): Violation[] => {
    // Where the wire held the push up, it left earlier.
    const leftAt = at - (health.transportMs(provider, at) - allow.transport)
    if (leftAt <= endedAt + allow.settling) return []
    const times = health.wellTimes({ from: endedAt, to: leftAt })
    const atOnce = times.filter(({ from }) => from === endedAt)
    // The event may have been in the hands of a worker, or of Redis, that was away.
    const wasKnown =
      health.wasWellFor(allow.settling, atOnce, 0) ||
      health.wasWellFor(allow.settling + allow.recovery, times, 0)
    if (!wasKnown) return []
    const thawed = health
      .troublesOf('workers', { from: leftAt - allow.transport, to: leftAt })
      .some(({ kind, from, to }) => kind === 'freeze-worker' && to <= leftAt && from <= endedAt + allow.settling)
    if (thawed) return []
    const what = `sent ${leftAt - endedAt} ms after its end had been answered 200`
    return [{ kind: 'after the end', what, sessionId, recipient, token }]
  })
}
