import type { History, SeenPush } from '../history.ts'
import { allow } from './allowances.ts'
import type { Health } from './health.ts'
import { overlaps } from './intervals.ts'
import type { Ring } from './rings.ts'
import type { Violation } from './violation.ts'

/** A phone that was rung twice where that could not be helped, and why. */
export interface PossiblyTwice {
  sessionId: string
  token: string
  reason: string
}

/**
 * The phones that were rung twice for one ring. Where the outcome of the first push could not be learnt, it is sent again:
 * counted apart, and both must carry the same ids, so that the phone shows one call.
 */
export function findDoubled(
  ring: Ring,
  { phones }: History,
  health: Health,
): { possiblyTwice: PossiblyTwice[]; violations: Violation[] } {
  const possiblyTwice: PossiblyTwice[] = []
  const violations: Violation[] = []
  const { sessionId, recipient } = ring
  for (const { name, token } of phones) {
    const own = ring.pushes.filter(push => push.token === token).toSorted((a, b) => a.at - b.at)
    const found = (what: string) => violations.push({ kind: 'doubled', what, sessionId, recipient, token })
    for (const id of ['apnsId', 'uuid', 'callUuid'] as const) {
      const different = new Set(own.map(push => push[id]))
      if (different.size > 1) found(`the attempts for ${name} carry ${different.size} different ids (${id})`)
    }
    const accepted = own.filter(push => push.accepted)
    for (const [index, again] of accepted.slice(1).entries()) {
      const before = accepted[index]
      const reason = before && whyTwice(before, again, health)
      if (reason) possiblyTwice.push({ sessionId, token, reason })
      else found(`${name} was rung again ${again.at - (before?.at ?? 0)} ms after it had been rung`)
    }
  }
  return { possiblyTwice, violations }
}

/** Why a worker could not learn, or not record, that the first push had been accepted; undefined if it could. */
function whyTwice(first: SeenPush, second: SeenPush, health: Health): string | undefined {
  const { provider, fault } = first
  if (fault === 'acceptThenHang') return 'accepted, never answered'
  // Apple's status is the answer; of Google's 200 the body is part.
  if (fault === 'endlessBody' && provider === 'fcm') return 'an answer that never ended'

  const learning = { from: first.at - allow.transport, to: first.at + delayOf(fault) + allow.recording }
  const wasUnderWay = health.troublesOf(provider, learning)[0]
  if (wasUnderWay) return `the connection: ${wasUnderWay.kind}`
  const stopped = health
    .troublesOf('workers', learning)
    .find(({ kind, from }) => kind !== 'terminate-worker' && from >= learning.from && from <= learning.to)
  if (stopped) return `the worker: ${stopped.kind}`
  const thawed = health
    .troublesOf('workers', { from: second.at - allow.transport, to: second.at })
    .find(({ kind, to }) => kind === 'freeze-worker' && to <= second.at)
  if (thawed) return 'a worker that had been frozen in the middle of an attempt'
  const redis = health
    .troublesOf('redis', learning)
    .find(trouble => trouble.to - trouble.from >= allow.leastLock && overlaps(trouble, learning))
  if (redis) return `Redis: ${redis.kind}`
  // A stand-in that does not even answer a ping is left after half a second.
  return health.troublesOf('machine', learning).length > 0 ? 'this machine was held up' : undefined
}

/** By how much later than the push the answer is known: Apple's status counts when the wait for the body is given up. */
function delayOf(fault: SeenPush['fault']): number {
  if (fault === 'delayMs') return allow.delayedAnswer
  return fault === 'endlessBody' ? allow.attempt : 0
}
