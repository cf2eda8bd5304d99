import type { History, SeenPush } from '../history.ts'
import { allow } from './allowances.ts'
import type { Health } from './health.ts'
import type { Ownership } from './ownership.ts'
import type { Ring } from './rings.ts'
import type { Violation } from './violation.ts'

/** The rings that went to a token that was not the recipient's at that time. */
export function findWrongPhones(ring: Ring, health: Health, ownership: Ownership): Violation[] {
  const { sessionId, recipient } = ring
  return ring.pushes.flatMap(({ provider, at, token }): Violation[] => {
    const within = { from: at - allow.settling - health.transportMs(provider, at), to: at }
    // A worker that was frozen after it had looked the phone up could not know.
    const thawed = health
      .troublesOf('workers', { from: at - allow.transport, to: at })
      .filter(({ kind, to }) => kind === 'freeze-worker' && to <= at)
    const from = Math.min(within.from, ...thawed.map(trouble => trouble.from))
    if (ownership.mayBelong(token, recipient, { from, to: at })) return []
    return [{ kind: 'wrong', what: `the phone was not ${recipient}'s`, sessionId, recipient, token }]
  })
}

/** VoIP pushes that are no ring, pushes for sessions that nobody called, and refusals that only a wrong push gets. */
export function findWrongPushes({ pushes, phones }: History, rings: readonly Ring[]): Violation[] {
  const known = new Set(rings.map(({ sessionId }) => sessionId))
  const told = new Map(phones.map(({ token, provider }) => [token, provider]))
  const wrong = (what: string, { sessionId, token }: SeenPush): Violation => ({
    ...{ kind: 'wrong', what, sessionId, token },
  })
  return pushes.flatMap(push => {
    const found: Violation[] = []
    if (push.provider !== 'fcm' && (push.pushType !== 'voip' || !push.rings)) {
      found.push(wrong('an iPhone got a push that is not the VoIP push of a ring', push))
    }
    if (!known.has(push.sessionId)) found.push(wrong('nobody called this session', push))
    if (!told.has(push.token)) found.push(wrong('nobody registered this token', push))
    if (push.fault === null && push.status !== null && !isOrdinary(push)) {
      found.push(wrong(`the provider refused it: ${push.status} ${push.reason}`, push))
    }
    return found
  })
}

/** Apple's other environment says BadDeviceToken of a token that did not say where it is valid. */
const isOrdinary = ({ status, reason }: SeenPush) =>
  [200, 410, 404, 401].includes(status ?? 0) || reason === 'BadDeviceToken'
