import type { History, SeenPush } from '../../history.ts'
import { ALLOWED_MS } from '../allowances.ts'
import type { Health } from '../health.ts'
import type { Ownership } from '../ownership.ts'
import type { Ring } from '../rings.ts'
import type { Violation } from './violation.ts'

/** Finds rings to a token that was not the recipient's at that time. */
export function findWrongPhones(ring: Ring, health: Health, ownership: Ownership): Violation[] {
  const { sessionId, recipient } = ring
  return ring.pushes.flatMap((push): Violation[] => {
    const { at, token } = push
    const within = { from: at - ALLOWED_MS.settling - health.transportMs(push), to: at }
    // A worker that was frozen after it had looked up the phone could not know of the change.
    const thawed = health
      .troublesOfSender(push, { from: at - ALLOWED_MS.transport, to: at })
      .filter(({ kind, to }) => kind === 'freeze-worker' && to <= at)
    const from = Math.min(within.from, ...thawed.map(trouble => trouble.from))
    if (ownership.mayBelong(token, recipient, { from, to: at })) return []
    return [{ kind: 'wrong', what: `the phone was not ${recipient}'s`, sessionId, recipient, token }]
  })
}

/** Finds VoIP pushes that are no ring, pushes for unknown sessions or tokens, and refusals that only a wrong push gets. */
export function findWrongPushes({ pushes, phones, madeUp }: History, rings: readonly Ring[]): Violation[] {
  const sessions = new Set(rings.map(({ sessionId }) => sessionId))
  const tokens = new Set(phones.map(({ token }) => token))
  const wrong = (what: string, { sessionId, token }: SeenPush): Violation => ({
    ...{ kind: 'wrong', what, sessionId, token },
  })
  return pushes.flatMap(push => {
    const found: Violation[] = []
    if (push.provider !== 'fcm' && (push.pushType !== 'voip' || !push.rings)) {
      found.push(wrong('an iPhone got a push that is not the VoIP push of a ring', push))
    }
    if (!sessions.has(push.sessionId)) found.push(wrong('no call has this session', push))
    if (!tokens.has(push.token) && !madeUp.has(push.token)) found.push(wrong('no phone has this token', push))
    if (push.fault === null && push.status !== null && !isExpected(push)) {
      found.push(wrong(`the provider refused it: ${push.status} ${push.reason}`, push))
    }
    return found
  })
}

/** BadDeviceToken is what Apple's other environment answers for a token that was registered without an environment. */
const isExpected = ({ status, reason }: SeenPush) =>
  [200, 410, 404, 401].includes(status ?? 0) || reason === 'BadDeviceToken'
