import type { History, KnownPhone } from '../../history.ts'
import { ALLOWED_MS } from '../allowances.ts'
import { isRefusedForGood, timesLost } from '../excuses.ts'
import type { Health } from '../health.ts'
import type { Ownership } from '../ownership.ts'
import type { Ring } from '../rings.ts'
import type { Violation } from './violation.ts'

/** How long Ringer tries to stop a phone after the end. */
const STOP_MS = 30_000

/**
 * Finds Android phones that were rung and got no stop, although everything was healthy for long enough. An iPhone gets no stop,
 * because iOS takes every VoIP push for a call.
 */
export function findNotStopped(
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
      return [{ kind: 'not stopped', what: `${name} got no stop after the end`, sessionId, recipient, token }]
    })

  function isOwedStop({ token, provider }: KnownPhone, stoppedAt: number): boolean {
    const rung = ring.pushes.find(push => push.token === token && push.accepted)
    if (!rung) return false
    const within = { from: Math.max(stoppedAt, rung.at), to: Math.min(stoppedAt + STOP_MS, endedAt) }
    if (within.to - within.from < ALLOWED_MS.health) return false
    if (!ownership.belongsThroughout(token, recipient, { from: rung.at, to: within.to })) return false
    const own = [...ring.pushes, ...ring.stops].filter(push => push.token === token)
    if (own.some(isRefusedForGood)) return false
    const times = health.wellTimes(within, provider, timesLost(own))
    return health.wasWellFor(ALLOWED_MS.health, times, 1, provider)
  }
}
