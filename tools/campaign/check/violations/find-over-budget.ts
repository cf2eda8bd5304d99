import type { History, SeenPush, Trouble } from '../../history.ts'
import { ALLOWED_MS } from '../allowances.ts'
import { type ExtraPush, refusedForNow } from '../extra-pushes.ts'
import type { Health } from '../health.ts'
import type { Violation } from './violation.ts'

/** Extra pushes that a worker may send at once. */
const FIRST_FEW = 2
/** One push in this many earns a further one. */
const ONE_IN = 20
/** After this long without an answer, one extra push a second is free. */
const SILENCE_MS = 4_000
/** They may arrive a little closer together than they left. */
const PROBE_INTERVAL_MS = 500

/** Troubles in which second attempts may win that the stand-ins never see. */
const freezes = new Set(['freeze-provider', 'freeze-link', 'freeze-pool'])

/** What happened between one life of a worker and one provider, in order. */
interface HedgeEvent {
  at: number
  kind: 'push' | 'extra' | 'won' | 'lost'
  push: SeenPush
}

/**
 * Finds workers that sent more second attempts than the budget of promise 2 allows: one for every twenty pushes, two at once,
 * twice as many each time a second attempt wins, until one is for nothing; and one a second while the provider is silent. Each
 * worker has a budget for each provider, and a new one when it starts again.
 */
export function findOverBudget(history: History, extra: readonly ExtraPush[], health: Health): Violation[] {
  const groups = Map.groupBy(
    history.pushes,
    push => `${push.provider} ${push.worker} ${lifeOf(push, history)}`,
  )
  return [...groups.values()].flatMap((own): Violation[] => {
    const over = findOver(own, extra, health)
    const [first] = over
    if (!first) return []
    const { provider, worker, sessionId, token } = first
    const spent = extra.filter(({ second, hasOtherReason }) => own.includes(second) && !hasOtherReason).length
    const sender = worker === undefined ? 'a worker' : `worker-${worker}`
    const what = `${sender} sent ${spent} second attempts of ${own.length} pushes to ${provider}, ${over.length} too many`
    return [{ kind: 'over the budget', what, sessionId, token }]
  })
}

/**
 * The start of the process that sent a push, as far as it is known. A worker that is terminated sends second attempts for
 * some seconds more.
 */
function lifeOf({ worker, at }: SeenPush, { troubles }: History): number {
  const ends = troubles.filter(
    ({ subject, kind, to }) => subject === `worker-${worker}` && kind !== 'freeze-worker' && to <= at,
  )
  return Math.max(0, ...ends.map(({ to }) => to))
}

/** The second attempts for which there was no budget. */
function findOver(own: SeenPush[], extra: readonly ExtraPush[], health: Health): SeenPush[] {
  const among = new Set(own)
  const pairs = extra.filter(({ second }) => among.has(second))
  const seconds = new Set(pairs.map(({ second }) => second))
  const events: HedgeEvent[] = own.flatMap((push): HedgeEvent[] => {
    const sent: HedgeEvent = { at: push.at, kind: 'push', push }
    const { answeredAt, accepted } = push
    // A first attempt that is frozen may arrive late or never, so any answer meanwhile may be that of a winner.
    const mayHaveWon = accepted && answeredAt !== undefined && wasFrozen(push, answeredAt, health)
    return [
      ...(seconds.has(push) ? [] : [sent]),
      ...(mayHaveWon ? [{ at: answeredAt, kind: 'won' as const, push }] : []),
    ]
  })
  for (const { second: push, hasOtherReason, wonAt, lostAt } of pairs) {
    // One that was refused for now gave its budget back.
    if (!hasOtherReason && !refusedForNow.has(push.status)) events.push({ at: push.at, kind: 'extra', push })
    if (wonAt !== undefined) events.push({ at: wonAt, kind: 'won', push })
    if (lostAt !== undefined) events.push({ at: lostAt, kind: 'lost', push })
  }
  const isSilent = silenceOf(own, pairs)
  // The worker learns of an answer later than the stand-in sends it, and a push leaves before it arrives. So a loss counts at
  // once or a little later, whichever allows more.
  const late = events.map(event =>
    event.kind === 'lost' ? { ...event, at: event.at + ALLOWED_MS.transport } : event,
  )
  const overLate = new Set(replay(late, isSilent))
  return replay(events, isSilent).filter(push => overLate.has(push))
}

function wasFrozen(push: SeenPush, answeredAt: number, health: Health): boolean {
  const around = { from: answeredAt - ALLOWED_MS.attempt, to: answeredAt }
  const anyConnection = { ...push, connection: undefined }
  return health.troublesOnTheWay(anyConnection, around).some(({ kind }: Trouble) => freezes.has(kind))
}

/** Whether the worker had heard nothing from the provider for 4 s. The newest answers may still have been on their way. */
function silenceOf(own: readonly SeenPush[], pairs: readonly ExtraPush[]): (at: number) => boolean {
  const unheard = new Set(
    pairs.flatMap(({ first, second, wonAt, lostAt }) => [
      ...(wonAt === undefined ? [] : [first]),
      ...(lostAt === undefined ? [] : [second]),
    ]),
  )
  const answers = own.flatMap(push =>
    push.accepted && push.answeredAt !== undefined && !unheard.has(push) ? [push.answeredAt] : [],
  )
  return at => !answers.some(answer => answer > at - SILENCE_MS && answer <= at - ALLOWED_MS.transport)
}

/** Plays the events through the budget. Returns the extra pushes that it does not allow. */
function replay(events: readonly HedgeEvent[], isSilent: (at: number) => boolean): SeenPush[] {
  let most = FIRST_FEW
  let credit = most
  let takenAt = Number.NEGATIVE_INFINITY
  const over: SeenPush[] = []
  const order = ['won', 'push', 'extra', 'lost']
  const inOrder = events.toSorted((a, b) => a.at - b.at || order.indexOf(a.kind) - order.indexOf(b.kind))
  for (const { kind, at, push } of inOrder) {
    if (kind === 'push') credit = Math.min(most, credit + 1 / ONE_IN)
    else if (kind === 'won') {
      most *= 2
      credit = most
    } else if (kind === 'lost') {
      most = FIRST_FEW
      credit = Math.min(most, credit)
    } else {
      const isProbe = isSilent(at) && at - takenAt >= PROBE_INTERVAL_MS
      if (credit < 1 && !isProbe) over.push(push)
      credit = Math.max(0, credit - 1)
      takenAt = at
    }
  }
  return over
}
