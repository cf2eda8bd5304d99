import type { History, KnownPhone } from '../history.ts'
import { allow } from './allowances.ts'
import { isRefusedForGood, timeItCost } from './excuses.ts'
import type { Health } from './health.ts'
import type { Ownership } from './ownership.ts'
import type { Ring } from './rings.ts'
import type { Violation } from './violation.ts'

/** How long Ringer goes on telling a phone of an end. */
const STOP_MS = 30_000

/**
 * The Android phones that were rung and never told that the call was over, though everything on the way was well for long
 * enough. An iPhone is not told: iOS takes every VoIP push for a call.
 */
export function findUntold(
  ring: Ring,
  { phones, endedAt }: History,
  { health, ownership }: { health: Health; ownership: Ownership },
): Violation[] {
  const { sessionId, recipient, stoppedAt } = ring
  if (stoppedAt === undefined) return []
  const android = phones.filter(({ provider }) => provider === 'fcm')
  return android
    .filter(phone => isOwedStop(phone, stoppedAt))
    .flatMap(({ name, token }): Violation[] => {
      if (ring.stops.some(push => push.token === token && push.accepted)) return []
      return [{ kind: 'untold', what: `${name} was never told of the end`, sessionId, recipient, token }]
    })

  function isOwedStop({ token, provider }: KnownPhone, stoppedAt: number): boolean {
    const rung = ring.pushes.find(push => push.token === token && push.accepted)
    if (!rung) return false
    const within = { from: Math.max(stoppedAt, rung.at), to: Math.min(stoppedAt + STOP_MS, endedAt) }
    if (within.to - within.from < allow.health) return false
    if (!ownership.belongsThroughout(token, recipient, { from: rung.at, to: within.to })) return false
    const own = [...ring.pushes, ...ring.stops].filter(push => push.token === token)
    if (own.some(isRefusedForGood)) return false
    return health.wasWellFor(allow.health, health.wellTimes(within, provider, own.map(timeItCost)), 1)
  }
}
