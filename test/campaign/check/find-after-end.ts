import { allow } from './allowances.ts'
import type { Health } from './health.ts'
import type { Ring } from './rings.ts'
import type { Violation } from './violation.ts'

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
      .some(
        ({ kind, from, to }) => kind === 'freeze-worker' && to <= leftAt && from <= endedAt + allow.settling,
      )
    if (thawed) return []
    const what = `sent ${leftAt - endedAt} ms after its end had been answered 200`
    return [{ kind: 'after the end', what, sessionId, recipient, token }]
  })
}
