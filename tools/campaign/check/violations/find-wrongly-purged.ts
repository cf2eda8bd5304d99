import type { History } from '../../history.ts'
import { ALLOWED_MS } from '../allowances.ts'
import { type Ownership, wasReportedDead } from '../ownership.ts'
import type { Ring } from '../rings.ts'
import type { Violation } from './violation.ts'

/** Finds tokens that the registry lost although no provider had reported them dead. */
export function findWronglyPurged(history: History, ownership: Ownership): Violation[] {
  return history.phones.flatMap(({ name, token }): Violation[] => {
    const owner = ownership.ownerAt(token, history.endedAt)
    if (!owner || history.owners.get(token) === owner.uid) return []
    if (wasReportedDead(history, token, owner.since, history.endedAt)) return []
    const now = history.owners.get(token) ?? 'nobody'
    return [
      { kind: 'wrongly purged', what: `${name} is ${owner.uid}'s, but ${now}'s in the registry`, token },
    ]
  })
}

/**
 * Finds phones that were the recipient's when a ring was claimed, and that the ring left out: the registry lost them for a
 * while, which its state at the end does not show.
 */
export function findLeftOut(
  { webhooks, record, sessionId, recipient, mayEndAt, deadline }: Ring,
  { phones }: History,
  { ownership, idOf }: { ownership: Ownership; idOf: (token: string) => string },
): Violation[] {
  if (!record) return []
  const lookedUp = {
    from: webhooks[0]?.sentAt ?? record.receivedAt,
    to: record.dequeuedAt + ALLOWED_MS.lookingUp,
  }
  // A ring that was over before the lookup has no phones at all.
  if (record.state === 'refused') return []
  if (record.devices.length === 0 && Math.min(mayEndAt, deadline) < lookedUp.to) return []
  const known = new Set(record.devices.map(({ deviceId }) => deviceId))
  return phones
    .filter(({ token }) => !known.has(idOf(token)) && ownership.belongsThroughout(token, recipient, lookedUp))
    .map(({ name, token }) => {
      const what = `${name} was ${recipient}'s, and the ring left it out`
      return { kind: 'wrongly purged', what, sessionId, recipient, token }
    })
}
