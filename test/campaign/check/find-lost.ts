import type { History, KnownPhone } from '../history.ts'
import { allow } from './allowances.ts'
import { isRefusedForGood, timeItCost } from './excuses.ts'
import type { Health } from './health.ts'
import type { Ownership } from './ownership.ts'
import type { Ring } from './rings.ts'
import type { Violation } from './violation.ts'

/**
 * The phones that were owed a ring and got none. A phone is owed it when the ring was answered 200, the phone was its
 * user's from the first webhook until the ring was over, nothing refused it for good, and everything on its way was well
 * for 8 s on end in between: Redis, its provider, at least one worker, and no fault ordered for this very push.
 */
export function findLost(
  ring: Ring,
  { phones }: History,
  { health, ownership }: { health: Health; ownership: Ownership },
): { owed: number; violations: Violation[] } {
  const owed = phones.filter(phone => isOwed(ring, phone, health, ownership))
  const missed = owed.filter(({ token }) => !ring.pushes.some(push => push.token === token && push.accepted))
  const violations = missed.map(({ name, token }): Violation => {
    const attempts = ring.pushes.filter(push => push.token === token).length
    const what = `${name} was owed this ring and did not get it, after ${attempts} attempts`
    return { kind: 'lost', what, sessionId: ring.sessionId, recipient: ring.recipient, token }
  })
  return { owed: owed.length, violations }
}

function isOwed(ring: Ring, { token, provider }: KnownPhone, health: Health, ownership: Ownership): boolean {
  const { storedAt, webhooks, recipient } = ring
  if (storedAt === undefined) return false
  const firstSentAt = webhooks[0]?.sentAt ?? storedAt
  const overAt = Math.min(ring.deadline, ring.mayEndAt)
  if (overAt - storedAt < allow.health) return false
  if (!ownership.belongsThroughout(token, recipient, { from: firstSentAt, to: overAt })) return false
  const own = ring.pushes.filter(push => push.token === token)
  if (own.some(isRefusedForGood)) return false
  const times = health.wellTimes({ from: storedAt, to: overAt }, provider, own.map(timeItCost))
  return health.wasWellFor(allow.health, times, 1)
}
