import { buildViolationTimeline } from './build-violation-timeline.ts'
import type { CampaignResult } from './check/check-history.ts'
import { type ViolationKind, violationKinds } from './check/violations/violation.ts'
import type { History } from './history.ts'
import type { Recorder } from './stage/record-history.ts'

/** How many violations of each kind the report shows in detail. */
const DETAILED = 4

/** Writes the result of a campaign: the details of some violations, the totals, and the number of each kind of violation. */
export function report(result: CampaignResult, history: History, lines: Recorder['lines']): string {
  const { violations, possiblyTwice, extra, rings, owed } = result
  const counts = Object.keys(violationKinds).map(kind => {
    const count = violations.filter(violation => violation.kind === kind).length
    return `${kind.padEnd(16)}${String(count).padStart(6)}   ${violationKinds[kind as ViolationKind]}`
  })
  const details = Object.keys(violationKinds).flatMap(kind =>
    violations
      .filter(violation => violation.kind === kind)
      .slice(0, DETAILED)
      .map(violation => {
        const { what, sessionId, recipient } = violation
        const title = [`${kind.toUpperCase()}: ${what}`, sessionId, recipient && `for ${recipient}`]
        return `${title.filter(Boolean).join('  ')}\n${buildViolationTimeline(violation, history, lines)}\n`
      }),
  )
  const isRefused = ({ sessionId, record }: CampaignResult['rings'][number]) =>
    record?.state === 'refused' || history.groupNotes.get(sessionId)?.includes('refused:')
  const stored = rings.filter(({ storedAt }) => storedAt !== undefined).length
  const totals = [
    ['webhooks', history.webhooks.length, answersOf(history.webhooks)],
    ['rings', rings.length, `${stored} answered 200; ${owed} phones had to ring`],
    ['refused', rings.filter(isRefused).length, 'rings, because a budget was used up'],
    ['pushes', history.pushes.length, pushesOf(history)],
    [
      'registrations',
      history.registrations.length,
      `${history.registrationAuth}: ${answersOf(history.registrations)}`,
    ],
    ['strangers', history.noise.length, answersOf(history.noise)],
    [
      'states asked',
      history.asks.length,
      answersOf(history.asks.map(({ status, state }) => ({ status, answer: state?.state ?? '' }))),
    ],
    [
      'receipts',
      history.receipts.length,
      answersOf(history.receipts.map(({ status, event }) => ({ status, answer: event }))),
    ],
    ['troubles', history.troubles.length, countBy(history.troubles.map(({ kind }) => kind))],
    ['faulty answers', history.pushes.filter(({ fault }) => fault !== null).length, faultsOf(history)],
    ['wrong clocks', Object.keys(history.clocks).length, clocksOf(history)],
    ['second attempts', extra.length, resultsOf(extra)],
    ['possibly twice', possiblyTwice.length, countBy(possiblyTwice.map(({ reason }) => reason))],
  ].map(([name, count, more]) => `${String(name).padEnd(16)}${String(count).padStart(6)}   ${more}`)
  return [...details, ...totals, '', ...counts].join('\n')
}

const answersOf = (sent: readonly Pick<History['noise'][number], 'status' | 'answer'>[]) =>
  countBy(sent.map(({ status, answer }) => (status === undefined ? 'no answer' : `${status} ${answer}`)))

function pushesOf({ pushes }: History): string {
  const accepted = pushes.filter(push => push.accepted)
  const rings = accepted.filter(push => push.rings).length
  return `${rings} rings and ${accepted.length - rings} stops were accepted`
}

const clocksOf = ({ clocks }: History) =>
  Object.entries(clocks)
    .map(([name, ms]) => `${name} by ${ms} ms`)
    .join(', ')

const resultsOf = (extra: CampaignResult['extra']) =>
  countBy(
    extra.map(({ hasOtherReason, wonAt, lostAt }) => {
      if (hasOtherReason) return 'with another reason'
      if (wonAt !== undefined) return 'won'
      return lostAt === undefined ? 'unanswered' : 'for nothing'
    }),
  )

const faultsOf = ({ pushes }: History) => countBy(pushes.flatMap(({ fault }) => fault ?? []))

function countBy(words: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return Array.from(counts, ([word, count]) => `${word} ${count}`).join(', ')
}
