import type { Verdict } from './check/check-history.ts'
import { type ViolationKind, violationKinds } from './check/violation.ts'
import type { History } from './history.ts'
import type { Recorder } from './stage/record-history.ts'
import { tellStory } from './tell-story.ts'

/** So many of each kind are told at length. */
const STORIES = 4

/** What a campaign came to, for people: the totals, and of each broken promise the number and the stories. */
export function report(verdict: Verdict, history: History, lines: Recorder['lines']): string {
  const { violations, possiblyTwice, rings, owed } = verdict
  const counts = Object.keys(violationKinds).map(kind => {
    const count = violations.filter(violation => violation.kind === kind).length
    return `${kind.padEnd(16)}${String(count).padStart(6)}   ${violationKinds[kind as ViolationKind]}`
  })
  const stories = Object.keys(violationKinds).flatMap(kind =>
    violations
      .filter(violation => violation.kind === kind)
      .slice(0, STORIES)
      .map(violation => {
        const { what, sessionId, recipient } = violation
        const title = [`${kind.toUpperCase()}: ${what}`, sessionId, recipient && `for ${recipient}`]
        return `${title.filter(Boolean).join('  ')}\n${tellStory(violation, history, lines)}\n`
      }),
  )
  const stored = rings.filter(({ storedAt }) => storedAt !== undefined).length
  const totals = [
    ['webhooks', history.webhooks.length, answersOf(history)],
    ['rings', rings.length, `${stored} answered 200; ${owed} phones were owed one`],
    ['pushes', history.pushes.length, pushesOf(history)],
    ['registrations', history.registrations.length, ''],
    ['troubles', history.troubles.length, countBy(history.troubles.map(({ kind }) => kind))],
    ['faults met', history.pushes.filter(({ fault }) => fault !== null).length, faultsOf(history)],
    ['possibly twice', possiblyTwice.length, countBy(possiblyTwice.map(({ reason }) => reason))],
  ].map(([name, count, more]) => `${String(name).padEnd(16)}${String(count).padStart(6)}   ${more}`)
  return [...stories, ...totals, '', ...counts].join('\n')
}

const answersOf = ({ webhooks }: History) =>
  countBy(webhooks.map(({ status, answer }) => (status === undefined ? 'no answer' : `${status} ${answer}`)))

function pushesOf({ pushes }: History): string {
  const accepted = pushes.filter(push => push.accepted)
  const rings = accepted.filter(push => push.rings).length
  return `${rings} rings and ${accepted.length - rings} stops were accepted`
}

const faultsOf = ({ pushes }: History) => countBy(pushes.flatMap(({ fault }) => fault ?? []))

function countBy(words: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return Array.from(counts, ([word, count]) => `${word} ${count}`).join(', ')
}
