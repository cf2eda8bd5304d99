import type { History, SentRegistration } from '../history.ts'
import { ALLOWED_MS } from './allowances.ts'
import { mayCostRings } from './excuses.ts'
import { type Interval, overlaps } from './intervals.ts'

/** Who owns a token when, as the answers to the registrations show it. */
export interface Ownership {
  /** Whether a token may have been this user's at some time in the interval. */
  mayBelong(token: string, uid: string, within: Interval): boolean
  /** Whether it certainly was this user's for the whole interval, and its provider did not report it dead. */
  belongsThroughout(token: string, uid: string, within: Interval): boolean
  /** The certain owner of a token, and since when; undefined if it has no owner or the owner is uncertain. */
  ownerAt(token: string, at: number): { uid: string; since: number } | undefined
}

interface Possible extends Interval {
  uid: string | undefined
}

export function createOwnership(history: History): Ownership {
  const byToken = new Map<string, SentRegistration[]>()
  for (const sent of history.registrations.toSorted((a, b) => a.sentAt - b.sentAt)) {
    byToken.set(sent.token, [...(byToken.get(sent.token) ?? []), sent])
  }
  const possible = new Map(
    Array.from(byToken, ([token, sent]) => [token, possibleOwners(sent, history)] as const),
  )

  const lastBefore = (token: string, at: number) => byToken.get(token)?.findLast(({ sentAt }) => sentAt <= at)

  const ownerAt: Ownership['ownerAt'] = (token, at) => {
    const last = lastBefore(token, at)
    if (last?.kind !== 'register' || last.status !== 200 || last.answeredAt > at) return undefined
    const within = { from: last.answeredAt, to: at }
    const others = possible.get(token)?.filter(owner => owner.uid !== last.uid && overlaps(owner, within))
    // The former owner may have had it until this answer.
    if (others?.some(({ to }) => to > last.answeredAt)) return undefined
    return { uid: last.uid, since: last.sentAt }
  }

  return {
    ownerAt,
    mayBelong: (token, uid, within) =>
      possible.get(token)?.some(owner => owner.uid === uid && overlaps(owner, within)) ?? false,
    belongsThroughout(token, uid, within) {
      const first = ownerAt(token, within.from)
      if (first?.uid !== uid) return false
      const others = possible.get(token)?.filter(owner => owner.uid !== uid)
      if (others?.some(({ from, to }) => to > within.from && from < within.to)) return false
      return !wasReportedDead(history, token, first.since, within.to)
    },
  }
}

/**
 * Who may own a token when. An answer other than 200 leaves open whether the request has an effect, and how late.
 */
function possibleOwners(sent: SentRegistration[], { troubles }: History): Possible[] {
  const redis = troubles.filter(trouble => trouble.subject === 'redis' && mayCostRings(trouble))
  return sent.map(({ kind, uid, sentAt, answeredAt, status }, index): Possible => {
    const handled = { from: sentAt, to: answeredAt + ALLOWED_MS.recording }
    // A command that Redis did not answer in time may still run once Redis is back.
    const lingersUntil =
      status === 200
        ? answeredAt
        : Math.max(
            handled.to,
            ...redis.filter(r => overlaps(r, handled)).map(r => r.to + ALLOWED_MS.recording),
          )
    const replacedBy = sent.find(
      (other, at) => at > index && other.status === 200 && other.sentAt >= lingersUntil,
    )
    const to = replacedBy?.answeredAt ?? Number.POSITIVE_INFINITY
    return { uid: kind === 'register' ? uid : undefined, from: sentAt, to }
  })
}

/** Whether a provider reported the token dead, as of a time after its registration. */
export function wasReportedDead(
  history: History,
  token: string,
  registeredAt: number,
  until: number,
): boolean {
  const reports = history.pushes.filter(
    push =>
      push.token === token &&
      (push.status === 410 || push.status === 404) &&
      push.at >= registeredAt &&
      push.at <= until,
  )
  if (reports.length === 0) return false
  const notices = history.notices.filter(notice => notice.token === token)
  return reports.some(({ at }) =>
    notices.some(notice => notice.at <= at && (notice.since === undefined || notice.since >= registeredAt)),
  )
}
