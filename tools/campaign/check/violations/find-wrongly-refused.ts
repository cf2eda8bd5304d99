import type { BudgetName } from '@ringer/store'
import type { History } from '../../history.ts'
import { overlaps } from '../intervals.ts'
import type { Violation } from './violation.ts'

const MINUTE_MS = 60_000

/** The default budgets, which the campaign runs with. */
const LIMITS: Readonly<Record<BudgetName, number>> = { pair: 30, caller: 120, recipient: 120, group: 10 }

/** A recipient whose budget is used up can still be called so often by each caller, until there were ten times as many calls. */
const FIRST_CALLS = 3
const MOST_CALLS = 10 * LIMITS.recipient

const WORDS: Readonly<Record<BudgetName, string>> = {
  pair: 'from this caller to this recipient',
  caller: 'from this caller',
  recipient: 'to this recipient',
  group: 'to this group',
}

/** One call to a user or to a group, as the budgets count it. */
interface CountedCall {
  sessionId: string
  /** The note with which it was refused; undefined if it was not. */
  refusal: string | undefined
  /** Whether a phone was to be rung. A call that was over before its claim is not refused, even if there is no room for it. */
  rang: boolean
  minute: number
  /** The minutes in which it may have arrived: only that one, unless it has no ring on record. The first one is `minute`. */
  minutes: readonly number[]
  uses: ReadonlyMap<BudgetName, string>
}

/**
 * Finds rings that were refused although their budget had room, and budgets that let more calls ring than they allow. A Redis that
 * was killed may have lost its last second, and with it what it had counted.
 */
export function findWronglyRefused(history: History): Violation[] {
  const calls = callsOf(history)
  const kills = history.troubles.filter(({ subject, kind }) => subject === 'redis' && kind === 'kill-redis')
  const wrong = (what: string, { sessionId }: CountedCall): Violation => ({
    kind: 'wrongly refused',
    what,
    sessionId,
  })
  const keyOf = (call: CountedCall, budget: BudgetName, minute = call.minute) =>
    `${minute} ${budget} ${call.uses.get(budget)}`
  const accepted = groupByBudget(calls.filter(({ refusal }) => refusal === undefined))
  const rung = groupByBudget(calls.filter(({ rang }) => rang))
  function groupByBudget(some: readonly CountedCall[]): Map<string, CountedCall[]> {
    const groups = new Map<string, CountedCall[]>()
    for (const call of some) {
      for (const budget of call.uses.keys()) {
        const key = keyOf(call, budget)
        groups.set(key, [...(groups.get(key) ?? []), call])
      }
    }
    return groups
  }

  return calls.flatMap(call => {
    const minutes = call.minutes.map(minute => ({ from: minute * MINUTE_MS, to: (minute + 1) * MINUTE_MS }))
    if (kills.some(kill => minutes.some(minute => overlaps(kill, minute)))) return []
    const budgets = [...call.uses.keys()]
    if (call.refusal === undefined) {
      const over = budgets.find(budget => isOneTooMany(call, budget, rung.get(keyOf(call, budget)) ?? []))
      return over ? [wrong(`more than ${LIMITS[over]} calls a minute rang ${WORDS[over]}`, call)] : []
    }
    const budget = budgets.find(name => call.refusal?.includes(`a minute ${WORDS[name]} (`))
    const others = Math.max(
      ...call.minutes.map(minute => (budget && accepted.get(keyOf(call, budget, minute))?.length) ?? 0),
    )
    const ofPair = accepted.get(keyOf(call, 'pair'))?.length ?? 0
    const isFirst = budget === 'recipient' && ofPair < FIRST_CALLS
    if (budget && others >= (isFirst ? MOST_CALLS : LIMITS[budget])) return []
    return [wrong(`it was refused after ${others} calls: ${call.refusal}`, call)]
  })
}

/** Whether a call is the first that its budget had no room for. In which order they were claimed is not known. */
function isOneTooMany(call: CountedCall, budget: BudgetName, rung: readonly CountedCall[]): boolean {
  if (budget !== 'recipient') return rung[LIMITS[budget]] === call
  // The first calls of each caller were let through in any case.
  const further = [...Map.groupBy(rung, ({ uses }) => uses.get('pair')).values()].flatMap(calls =>
    calls.slice(FIRST_CALLS),
  )
  return further[LIMITS.recipient] === call || rung[MOST_CALLS] === call
}

/** A call to a group is one call, counted when the first of its rings arrived. */
function callsOf({ webhooks, records, groupNotes }: History): CountedCall[] {
  const recordsOf = Map.groupBy(records, ({ sessionId }) => sessionId)
  const sessions = Map.groupBy(
    webhooks.filter(({ kind }) => kind === 'ring'),
    ({ sessionId }) => sessionId,
  )
  return Array.from(sessions).flatMap(([sessionId, sent]): CountedCall[] => {
    const [{ caller = '', group, recipient = '' } = {}] = sent
    const rings = recordsOf.get(sessionId) ?? []
    const note = groupNotes.get(sessionId)
    const isRefused = note?.includes('refused:')
    if (rings.length === 0 && !isRefused) return []
    const first = Math.min(...(rings.length > 0 ? rings : sent).map(arrivalOf))
    // A webhook that is answered with 503 is sent again, perhaps in another minute.
    const last = rings.length > 0 ? first : Math.max(...sent.map(arrivalOf))
    const minutes = minutesBetween(first, last)
    const uses = group
      ? ([
          ['group', group],
          ['caller', caller],
        ] as const)
      : ([
          ['pair', `${caller} ${recipient}`],
          ['recipient', recipient],
          ['caller', caller],
        ] as const)
    const refusal = (isRefused ? note : undefined) ?? rings.find(({ state }) => state === 'refused')?.note
    const rang = rings.some(({ devices }) => devices.length > 0)
    return [{ sessionId, refusal, rang, minute: minutes[0] ?? 0, minutes, uses: new Map(uses) }]
  })
}

const arrivalOf = (one: { receivedAt: number } | { sentAt: number }) =>
  'receivedAt' in one ? one.receivedAt : one.sentAt

function minutesBetween(first: number, last: number): number[] {
  const minute = Math.floor(first / MINUTE_MS)
  return Array.from({ length: Math.floor(last / MINUTE_MS) - minute + 1 }, (_, index) => minute + index)
}
