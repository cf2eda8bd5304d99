import type { History, SentRegistration } from '../history.ts'
import { allow } from './allowances.ts'
import { type Interval, overlaps } from './intervals.ts'

/** Whose tokens are when, as far as the answers to the registrations tell. */
export interface Ownership {
  /** Whether a token may have been this user's at some moment of the stretch. */
  mayBelong(token: string, uid: string, within: Interval): boolean
  /** Whether it certainly was this user's all the time, and its provider had no reason to call it dead. */
  belongsThroughout(token: string, uid: string, within: Interval): boolean
  /** Since when a token has certainly been somebody's, and whose; undefined if nobody's, or unknown. */
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
    // The former owner is possible up to this very answer.
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
      return !wasCalledDead(history, token, first.since, within.to)
    },
  }
}

/** Who may own a token when. An answer other than 200 leaves open whether, and for how long, the request may yet count. */
function possibleOwners(sent: SentRegistration[], { troubles }: History): Possible[] {
  const redis = troubles.filter(({ subject }) => subject === 'redis')
  return sent.map(({ kind, uid, sentAt, answeredAt, status }, index): Possible => {
    const under = { from: sentAt, to: answeredAt + allow.recording }
    // What Redis did not answer in time, it may do when it is back.
    const lingersUntil =
      status === 200
        ? answeredAt
        : Math.max(under.to, ...redis.filter(r => overlaps(r, under)).map(r => r.to + allow.recording))
    const replacedBy = sent.find(
      (other, at) => at > index && other.status === 200 && other.sentAt >= lingersUntil,
    )
    const to = replacedBy?.answeredAt ?? Number.POSITIVE_INFINITY
    return { uid: kind === 'register' ? uid : undefined, from: sentAt, to }
  })
}

/** Whether a push to the token was answered that it is dead, and since after the registration. */
export function wasCalledDead(history: History, token: string, registeredAt: number, until: number): boolean {
  const answered = history.pushes.filter(
    push =>
      push.token === token &&
      (push.status === 410 || push.status === 404) &&
      push.at >= registeredAt &&
      push.at <= until,
  )
  if (answered.length === 0) return false
  const notices = history.notices.filter(notice => notice.token === token)
  return answered.some(({ at }) =>
    notices.some(notice => notice.at <= at && (notice.since === undefined || notice.since >= registeredAt)),
  )
}
