import type { History, KnownPhone } from '../../history.ts'
import { ALLOWED_MS } from '../allowances.ts'
import { isRefusedForGood, timesLost } from '../excuses.ts'
import type { Health } from '../health.ts'
import type { Ownership } from '../ownership.ts'
import type { Ring } from '../rings.ts'
import type { Violation } from './violation.ts'

/**
 * Finds phones that had to ring and did not. A phone has to ring if the webhook was answered 200, the phone was its user's
 * from the first webhook until the ring was over, no provider refused it for good, and everything was healthy for 8 s without
 * a break in between: Redis, its provider and at least one worker, with no fault ordered for this push.
 */
export function findLost(
  ring: Ring,
  { phones, flooders, groupNotes }: History,
  { health, ownership }: { health: Health; ownership: Ownership },
): { owed: number; violations: Violation[] } {
  // Whether it was refused rightly is another question. The calls of those who flood go after all others.
  const mayBeSilent =
    ring.record?.state === 'refused' ||
    groupNotes.has(ring.sessionId) ||
    ring.webhooks.some(({ caller }) => flooders.includes(caller))
  if (mayBeSilent) return { owed: 0, violations: [] }
  const owed = phones.filter(phone => isOwed(ring, phone, health, ownership))
  const missed = owed.filter(({ token }) => !ring.pushes.some(push => push.token === token && push.accepted))
  const violations = missed.map(({ name, token }): Violation => {
    const attempts = ring.pushes.filter(push => push.token === token).length
    const what = `${name} had to ring and did not, after ${attempts} attempts`
    return { kind: 'lost', what, sessionId: ring.sessionId, recipient: ring.recipient, token }
  })
  return { owed: owed.length, violations }
}

function isOwed(
  ring: Ring,
  { token, provider, triedFirst = provider }: KnownPhone,
  health: Health,
  ownership: Ownership,
): boolean {
  const { storedAt, webhooks, recipient } = ring
  if (storedAt === undefined) return false
  const firstSentAt = webhooks[0]?.sentAt ?? storedAt
  const overAt = Math.min(ring.deadline, ring.mayEndAt)
  if (overAt - storedAt < ALLOWED_MS.health) return false
  if (!ownership.belongsThroughout(token, recipient, { from: firstSentAt, to: overAt })) return false
  const own = ring.pushes.filter(push => push.token === token)
  if (own.some(isRefusedForGood)) return false
  const times = health
    .wellTimes({ from: storedAt, to: overAt }, provider, timesLost(own))
    .flatMap(well => health.wellTimes(well, triedFirst))
  return health.wasWellFor(ALLOWED_MS.health, times, 1, provider)
}
