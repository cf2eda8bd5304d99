import type { History, SentRegistration } from '../../history.ts'
import { ALLOWED_MS } from '../allowances.ts'
import { overlaps } from '../intervals.ts'
import type { Ownership } from '../ownership.ts'
import type { Violation } from './violation.ts'

/** A try that follows another one within this time belongs to the same registration. */
const SAME_MS = 5_000

/**
 * Finds registrations and unregistrations that were refused although nothing was wrong. One answer 503, or none, is allowed:
 * for a moment, strangers may have taken all places.
 */
export function findUnregistered(history: History, ownership: Ownership): Violation[] {
  const tries = history.registrations
    .filter(({ sentAt }) => sentAt >= history.startedAt)
    .toSorted((a, b) => a.sentAt - b.sentAt)
  const series = Map.groupBy(tries, ({ kind, uid, token }) => `${kind} ${uid} ${token}`)
  return Array.from(series.values()).flatMap(own => {
    const refused = own.map(sent => sent.status !== 200 && !isExcused(sent, history, ownership))
    return own.flatMap((sent, index): Violation[] => {
      const before = own[index - 1]
      const isSecond = before !== undefined && refused[index - 1] && sent.sentAt - before.answeredAt < SAME_MS
      const mayPass = sent.status === undefined || sent.status === 503
      if (!refused[index] || (mayPass && !isSecond)) return []
      const { kind, uid, token, status, answer } = sent
      const what = `${uid}'s request to ${kind} a phone was answered ${status ?? 'not at all'} ${answer ?? ''}`
      return [{ kind: 'not registered', what: what.trim(), token }]
    })
  })
}

/** Whether something that the request needs was in trouble, or has just recovered. */
function isExcused(
  { uid, sentAt, answeredAt }: SentRegistration,
  { troubles, phones }: History,
  ownership: Ownership,
): boolean {
  const around = { from: sentAt - ALLOWED_MS.recovery, to: answeredAt }
  // A user who has a phone gets a place whatever strangers do.
  const hasPhone = phones.some(({ token }) =>
    ownership.belongsThroughout(token, uid, { from: sentAt - ALLOWED_MS.settling, to: answeredAt }),
  )
  return troubles.some(
    trouble =>
      overlaps(trouble, around) &&
      (['redis', 'machine', 'cometchat'].includes(trouble.subject) ||
        trouble.subject.startsWith('ingress-') ||
        (trouble.subject === 'strangers' && !hasPhone)),
  )
}
