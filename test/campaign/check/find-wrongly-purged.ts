import type { History } from '../history.ts'
import { allow } from './allowances.ts'
import { type Ownership, wasCalledDead } from './ownership.ts'
import type { Ring } from './rings.ts'
import type { Violation } from './violation.ts'

/** The tokens that were somebody's and are forgotten, though nothing was said against them. */
export function findWronglyPurged(history: History, ownership: Ownership): Violation[] {
  return history.phones.flatMap(({ name, token }): Violation[] => {
    const owner = ownership.ownerAt(token, history.endedAt)
    if (!owner || history.owners.get(token) === owner.uid) return []
    if (wasCalledDead(history, token, owner.since, history.endedAt)) return []
    const now = history.owners.get(token) ?? 'nobody'
    return [
      { kind: 'wrongly purged', what: `${name} is ${owner.uid}'s, and ${now}'s in the registry`, token },
    ]
  })
}

/**
 * The phones that were their user's when a ring was claimed, and that the ring does not know: forgotten for a while, which
 * nobody would see at the end.
 */
export function findLeftOut(
  { webhooks, record, sessionId, recipient, mayEndAt, deadline }: Ring,
  { phones }: History,
  { ownership, idOf }: { ownership: Ownership; idOf: (token: string) => string },
): Violation[] {
  if (!record) return []
  const lookedUp = { from: webhooks[0]?.sentAt ?? record.receivedAt, to: record.dequeuedAt + allow.lookingUp }
  // One that was over before anybody looked knows no phones at all.
  if (record.devices.length === 0 && Math.min(mayEndAt, deadline) < lookedUp.to) return []
  const known = new Set(record.devices.map(({ deviceId }) => deviceId))
  return phones
    .filter(({ token }) => !known.has(idOf(token)) && ownership.belongsThroughout(token, recipient, lookedUp))
    .map(({ name, token }) => {
      const what = `${name} was ${recipient}'s and was left out`
      return { kind: 'wrongly purged', what, sessionId, recipient, token }
    })
}
