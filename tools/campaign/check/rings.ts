import type { RingRecord } from '@ringer/store'
import type { History, SeenPush, SentWebhook } from '../history.ts'
import { ALLOWED_MS } from './allowances.ts'
import type { Interval } from './intervals.ts'

/** One call to one user, with all its webhooks and pushes. */
export interface Ring {
  sessionId: string
  recipient: string
  /** The webhooks that start the ring, in the order in which they were sent. */
  webhooks: SentWebhook[]
  /** When the first of them was answered 200. From then on the ring is promised. */
  storedAt: number | undefined
  /** The earliest and the latest deadline that the webhooks allow. */
  deadlines: Interval
  /** The recorded deadline if the webhooks allow it, else the latest. */
  deadline: number
  /** When the first webhook of its end or its answer was sent. The ring may be over from then on. */
  mayEndAt: number
  /** When the first of those was answered 200. The ring is certainly over from then on. */
  endedAt: number | undefined
  /** When the first webhook of its end, not of its answer, was answered 200. From then on its phones are stopped. */
  stoppedAt: number | undefined
  /** The pushes that ring. */
  pushes: SeenPush[]
  /** The pushes that stop the ring. */
  stops: SeenPush[]
  record: RingRecord | undefined
}

/** Groups the history by ring. */
export function collectRings(history: History): Ring[] {
  const ringing = history.webhooks.filter(({ kind }) => kind === 'ring')
  const sessions = groupBy(ringing, ({ sessionId }) => sessionId)
  const pushes = groupBy(history.pushes, ({ sessionId }) => sessionId)
  const ends = groupBy(
    history.webhooks.filter(({ kind }) => kind !== 'ring'),
    ({ sessionId }) => sessionId,
  )
  const records = groupBy(history.records, ({ sessionId }) => sessionId)
  const users = usersOfTokens(history)

  return Array.from(sessions).flatMap(([sessionId, all]) => {
    const recipients = Array.from(groupBy(all, ({ recipient = '' }) => recipient))
    const uids = recipients.map(([recipient]) => recipient)
    return recipients.map(([recipient, webhooks]) => {
      const record = records.get(sessionId)?.find(ring => ring.recipient === recipient)
      const ownEnds = (ends.get(sessionId) ?? []).filter(
        end => end.recipient === recipient || (end.kind === 'end' && end.recipient === undefined),
      )
      const storedAt = firstAnswer(webhooks)
      const deadlines = deadlinesOf(webhooks, storedAt, history.ringMs)
      const known = record?.deadline ?? Number.NaN
      const own = (pushes.get(sessionId) ?? []).filter(
        push => recipientOf(uids, users.get(push.token)) === recipient,
      )
      return {
        ...{ sessionId, recipient, webhooks, storedAt, deadlines, record },
        deadline: known >= deadlines.from && known <= deadlines.to ? known : deadlines.to,
        mayEndAt: Math.min(...ownEnds.map(({ sentAt }) => sentAt)),
        endedAt: firstAnswer(ownEnds),
        stoppedAt: firstAnswer(ownEnds.filter(({ kind }) => kind === 'end')),
        pushes: own.filter(({ rings }) => rings),
        stops: own.filter(({ rings }) => !rings),
      }
    })
  })
}

const firstAnswer = (webhooks: SentWebhook[]): number | undefined => {
  const answered = webhooks.filter(({ status }) => status === 200).map(({ answeredAt }) => answeredAt)
  return answered.length > 0 ? Math.min(...answered) : undefined
}

/** Any webhook that was sent before the first answer 200 may be the one that was stored, and sets the deadline. */
function deadlinesOf(webhooks: SentWebhook[], storedAt = Number.POSITIVE_INFINITY, ringMs: number): Interval {
  const candidates = webhooks.filter(({ sentAt }) => sentAt <= storedAt)
  const earliest = candidates.map(({ sentAt, eventAt }) => Math.min(sentAt, eventAt ?? sentAt))
  const latest = candidates.map(({ answeredAt, eventAt }) => Math.min(answeredAt, eventAt ?? answeredAt))
  return {
    from: Math.min(...earliest) + ringMs - ALLOWED_MS.clock,
    to: Math.max(...latest) + ringMs + ALLOWED_MS.clock,
  }
}

/** Finds the recipient by the phone: a push names the group, not the member, and only one member ever had the phone. */
function recipientOf(recipients: string[], users: ReadonlySet<string> = new Set()) {
  if (recipients.length === 1) return recipients[0]
  return recipients.find(recipient => users.has(recipient)) ?? recipients[0]
}

function usersOfTokens({ registrations }: History): Map<string, Set<string>> {
  const users = new Map<string, Set<string>>()
  for (const { token, uid } of registrations) users.set(token, (users.get(token) ?? new Set()).add(uid))
  return users
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
