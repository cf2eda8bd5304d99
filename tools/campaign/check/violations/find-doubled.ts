import type { History, SeenPush } from '../../history.ts'
import { ALLOWED_MS } from '../allowances.ts'
import type { Health } from '../health.ts'
import type { Ring } from '../rings.ts'
import type { Violation } from './violation.ts'

/** The reasons of a second attempt that Ringer makes after 1 s without an answer. There is a budget for these. */
const HEDGED = 'no answer for 1 s'
const UNANSWERED = 'accepted, never answered'

/** A phone that was rung twice where that was unavoidable, and why. */
export interface PossiblyTwice {
  sessionId: string
  token: string
  reason: string
}

/**
 * Finds phones that were rung twice for one ring. If the worker could not learn the outcome of the first push, sending it
 * again is right: such phones are counted separately. Both pushes must carry the same ids, so that the phone shows one call.
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
      else found(`${name} was rung a second time, ${again.at - (before?.at ?? 0)} ms after the first`)
    }
  }
  return { possiblyTwice, violations }
}

/** Why a worker could not learn or record that the first push was accepted; undefined if it could. */
function whyTwice(first: SeenPush, second: SeenPush, health: Health): string | undefined {
  const { answeredAt } = first
  // The answer may have been on its way when the second attempt left.
  const knownAt = (answeredAt ?? Number.POSITIVE_INFINITY) + ALLOWED_MS.transport
  if (second.at - first.at >= ALLOWED_MS.hedgeAfter && second.at <= knownAt) {
    return answeredAt === undefined ? UNANSWERED : HEDGED
  }
  const learning = { from: first.at - ALLOWED_MS.transport, to: recordedAt(first) }
  const connection =
    health.troublesOnTheWay(first, learning)[0] ??
    // The push that arrived second may have been sent first, on a connection that was frozen since.
    health
      .troublesOnTheWay(second, { from: second.at - ALLOWED_MS.transport, to: second.at })
      .find(({ from }) => from <= first.at)
  if (connection) return `the connection: ${connection.kind}`
  const stopped = health
    .troublesOfSender(first, learning)
    .find(({ kind, from }) => kind !== 'terminate-worker' && from >= learning.from && from <= learning.to)
  if (stopped) return `the worker: ${stopped.kind}`
  // Its job may belong to another worker by then.
  const hasThawed = (push: SeenPush) =>
    health
      .troublesOfSender(push, { from: push.at - ALLOWED_MS.transport, to: push.at })
      .some(({ kind, to }) => kind === 'freeze-worker' && to <= push.at)
  if (hasThawed(first) || hasThawed(second)) return 'a worker that was frozen in the middle of an attempt'
  const redis = health
    .troublesOf('redis', learning)
    .find(({ from, to, delayMs }) => delayMs === undefined && to - from >= ALLOWED_MS.leastLock)
  if (redis) return `Redis: ${redis.kind}`
  // A worker leaves a stand-in that does not answer a ping within half a second.
  return health.troublesOf('machine', learning).length > 0 ? 'this machine stalled' : undefined
}

/** When the answer to a push is on record, at the latest. A status counts once the wait for the body is over. */
function recordedAt({ at, answeredAt = at, fault }: SeenPush): number {
  return answeredAt + (fault === 'endlessBody' ? ALLOWED_MS.attempt : 0) + ALLOWED_MS.recording
}
