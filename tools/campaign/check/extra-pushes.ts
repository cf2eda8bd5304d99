import type { FaultName } from '@ringer/fakes'
import type { History, SeenPush } from '../history.ts'
import { ALLOWED_MS } from './allowances.ts'
import type { Health } from './health.ts'
import { overlaps } from './intervals.ts'

/** A push that was sent again while its first attempt was open. */
export interface ExtraPush {
  first: SeenPush
  second: SeenPush
  /** Whether something else than the missing answer may have been the reason, so that it costs no budget. */
  hasOtherReason: boolean
  /** When the second attempt won: it was answered while the first one was not. Absent if it did not. */
  wonAt?: number | undefined
  /** When the second attempt turned out to be for nothing: the first one was settled. Absent if it did not. */
  lostAt?: number | undefined
}

/** These end an attempt at once, without an answer. */
const breaksStream: ReadonlySet<FaultName | null> = new Set(['reset', 'refuseStream', 'goaway'])

/** With one of these, a provider asks for another attempt. */
export const refusedForNow: ReadonlySet<number | null> = new Set([429, 500, 502, 503, 504])

/**
 * How far the expiries of two attempts of one stop may lie apart, as the stand-ins see them: a time to live counts from its
 * arrival. Stops of different jobs are a second apart.
 */
const SAME_EXPIRY_MS = 500

/** Finds the second attempts among the pushes of each worker. */
export function findExtraPushes(history: History, health: Health): ExtraPush[] {
  const attempts = Map.groupBy(history.pushes, ({ sessionId, token, rings, provider, worker }) =>
    [sessionId, token, rings, provider, worker].join(' '),
  )
  return [...attempts.values()].flatMap(own => {
    const inOrder = own.toSorted((a, b) => a.at - b.at)
    return inOrder.slice(1).flatMap((second, index) => {
      const first = inOrder
        .slice(0, index + 1)
        .find(push => isOpen(push, second.at, history) && areOfOneJob(push, second))
      return first
        ? [{ first, second, ...resultOf(first, second, history), ...reasonOf(first, second, health) }]
        : []
    })
  })
}

/**
 * Whether two pushes of a call to a phone, both rings or both stops, may be attempts of one job. A phone is rung once a call. It can
 * get several stops, each with a reason and a deadline of its own: one a second after the end if the ring is not answered by
 * then, and one for each attempt to ring it that is answered later.
 */
const areOfOneJob = (one: SeenPush, other: SeenPush) =>
  one.rings || Math.abs((one.expiresAt ?? 0) - (other.expiresAt ?? 0)) < SAME_EXPIRY_MS

/** Whether a worker still waits for the answer to a push. An answer may be on its way. */
function isOpen(push: SeenPush, at: number, { connectionEnds }: History): boolean {
  const { answeredAt = Number.POSITIVE_INFINITY, accepted, fault, connection = '' } = push
  if (at - push.at < ALLOWED_MS.hedgeAfter || (!accepted && breaksStream.has(fault))) return false
  if ((connectionEnds.get(connection) ?? Number.POSITIVE_INFINITY) <= at) return false
  // After a refusal the next attempt is a new one.
  return at <= answeredAt + (accepted ? ALLOWED_MS.transport : 0)
}

function resultOf(
  first: SeenPush,
  second: SeenPush,
  { connectionEnds }: History,
): Pick<ExtraPush, 'wonAt' | 'lostAt'> {
  const heardAt = ({ answeredAt = Number.POSITIVE_INFINITY, connection = '' }: SeenPush) =>
    (connectionEnds.get(connection) ?? Number.POSITIVE_INFINITY) < answeredAt
      ? Number.POSITIVE_INFINITY
      : answeredAt
  // A first attempt that was refused for now did not settle the push.
  const one = refusedForNow.has(first.status) ? Number.POSITIVE_INFINITY : heardAt(first)
  const other = heardAt(second)
  if (one <= other) return one === Number.POSITIVE_INFINITY ? {} : { lostAt: one }
  return { wonAt: other }
}

/** The worker, its connections or Redis may have failed between the two. */
function reasonOf(first: SeenPush, second: SeenPush, health: Health): Pick<ExtraPush, 'hasOtherReason'> {
  const between = { from: first.at - ALLOWED_MS.transport, to: second.at }
  const troubles = [
    ...health.troublesOnTheWay(first, between),
    ...health.troublesOnTheWay(second, between),
    ...health.troublesOfSender(first, between),
    ...health.troublesOf('machine', between),
    ...health
      .troublesOf('redis', between)
      .filter(({ from, to, delayMs }) => delayMs === undefined && to - from >= ALLOWED_MS.leastLock),
  ]
  return { hasOtherReason: troubles.some(trouble => overlaps(trouble, between)) }
}
