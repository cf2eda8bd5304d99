import type { RingRecord } from '@ringer/store'
import type { History, SeenPush, SentWebhook } from '../history.ts'
import type { Interval } from './intervals.ts'

/** One call to one user, and all that was said and sent about it. */
export interface Ring {
  sessionId: string
  recipient: string
  /** That ring it, in the order in which they were sent. */
  webhooks: SentWebhook[]
  /** When the first of them was answered 200: from then on the ring is promised. */
  storedAt: number | undefined
  /** The deadlines that the webhooks allow: `from` the earliest `to` the latest. */
  deadlines: Interval
  /** The one on record, if the webhooks allow it; else the latest. */
  deadline: number
  /** When the first webhook of its end, or of its answer, was sent; it may have been stored by then. */
  mayEndAt: number
  /** When the first of those was answered 200; the ring is surely over from then on. */
  endedAt: number | undefined
  /** When the first webhook that ended it, and did not answer it, was answered 200: from then on its phones are told. */
  stoppedAt: number | undefined
  /** The pushes that ask to ring for it. */
  pushes: SeenPush[]
  /** The pushes that tell of its end. */
  stops: SeenPush[]
  record: RingRecord | undefined
}

/** Puts the history together by ring. */
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
    const names = recipients.map(([recipient]) => recipient)
    return recipients.map(([recipient, webhooks]) => {
      const record = records.get(sessionId)?.find(ring => ring.recipient === recipient)
      const over = (ends.get(sessionId) ?? []).filter(
        end => end.recipient === recipient || (end.kind === 'end' && end.recipient === undefined),
      )
      const storedAt = firstAnswer(webhooks)
      const deadlines = deadlinesOf(webhooks, storedAt, history.ringMs)
      const known = record?.deadline ?? Number.NaN
      const own = (pushes.get(sessionId) ?? []).filter(
        push => recipientOf(names, users.get(push.token)) === recipient,
      )
      return {
        ...{ sessionId, recipient, webhooks, storedAt, deadlines, record },
        deadline: known >= deadlines.from && known <= deadlines.to ? known : deadlines.to,
        mayEndAt: Math.min(...over.map(({ sentAt }) => sentAt)),
        endedAt: firstAnswer(over),
        stoppedAt: firstAnswer(over.filter(({ kind }) => kind === 'end')),
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

/** Whichever was stored counts, which is none that was sent later than the first answer 200. */
function deadlinesOf(webhooks: SentWebhook[], storedAt = Number.POSITIVE_INFINITY, ringMs: number): Interval {
  const mayCount = webhooks.filter(({ sentAt }) => sentAt <= storedAt)
  const earliest = mayCount.map(({ sentAt, eventAt }) => Math.min(sentAt, eventAt ?? sentAt))
  const latest = mayCount.map(({ answeredAt, eventAt }) => Math.min(answeredAt, eventAt ?? answeredAt))
  return { from: Math.min(...earliest) + ringMs, to: Math.max(...latest) + ringMs }
}

/** A push names the group, not the member; of a group's members only one ever had the phone. */
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
