import { deviceIdOf } from '@ringer/store'
import type { Violation } from './check/violations/violation.ts'
import type { History } from './history.ts'
import type { Recorder } from './stage/record-history.ts'

/** How long before and after a call its timeline shows troubles and registrations. */
const AROUND_MS = 5_000

interface TimelineEntry {
  /** Epoch ms. */
  at: number
  text: string
}

const entry = (at: number, ...words: unknown[]): TimelineEntry => ({
  at,
  text: words.filter(word => word !== undefined && word !== null).join('  '),
})

/** Lists in order what happened to one call or one token: what was sent, the answers, and the troubles at that time. */
export function buildViolationTimeline(
  violation: Violation,
  history: History,
  lines: Recorder['lines'],
): string {
  const { sessionId, token } = violation
  const own = [...webhookEntries(history, sessionId), ...pushEntries(history, violation)]
  const instants = own.map(({ at }) => at)
  const from = Math.min(...instants, sessionId === undefined ? history.startedAt : history.endedAt)
  const to = sessionId === undefined ? history.endedAt : Math.max(...instants)
  const around = { from: from - AROUND_MS, to: to + AROUND_MS }
  const all = [
    ...own,
    ...registrationEntries(history, tokensOf(history, violation), around),
    ...troubleEntries(history, around),
    ...logEntries(lines, history.clocks, sessionId ?? deviceIdOf('default', token ?? '')),
  ]
  const timeline = all
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, text }) => `    ${String(at - from).padStart(7)} ms  ${text}`)
  const records = history.records.filter(record => record.sessionId === sessionId)
  return [...timeline, ...records.map(record => `    record  ${JSON.stringify(record)}`)].join('\n')
}

function webhookEntries({ webhooks }: History, sessionId: string | undefined): TimelineEntry[] {
  const own = webhooks.filter(webhook => webhook.sessionId === sessionId)
  return own.flatMap(({ kind, action, recipient, dialect, ingress, eventAt, ...sent }) => {
    const { sentAt, answeredAt, status, answer } = sent
    const age = eventAt === undefined ? undefined : `of ${eventAt - sentAt} ms`
    return [
      entry(sentAt, 'webhook', kind, action, recipient, dialect, age, `to ingress-${ingress}`),
      entry(answeredAt, '  answered', status ?? 'not at all', answer),
    ]
  })
}

function pushEntries({ pushes, phones }: History, { sessionId, token }: Violation): TimelineEntry[] {
  const own = pushes.filter(push => (sessionId ? push.sessionId === sessionId : push.token === token))
  return own.map(push => {
    const { provider, at, rings, status, reason, fault, accepted, apnsId, expiresAt } = push
    const { connection, answeredAt } = push
    const phone = phones.find(known => known.token === push.token)?.name ?? push.token
    const expiry = expiresAt && `expires ${Math.round(expiresAt - at)} ms later`
    const order = fault === null ? undefined : `(${fault})`
    const sender = connection === undefined ? provider : `on ${connection}`
    const wait = answeredAt === undefined ? 'unanswered' : `answered after ${answeredAt - at} ms`
    const outcome = [accepted ? 'ACCEPTED' : 'not accepted', status, reason, order, wait]
    return entry(at, 'push', rings ? 'ring' : 'stop', `to ${phone}`, sender, ...outcome, apnsId, expiry)
  })
}

function registrationEntries(
  { registrations, phones }: History,
  tokens: ReadonlySet<string | undefined>,
  { from, to }: { from: number; to: number },
): TimelineEntry[] {
  const own = registrations.filter(
    sent => tokens.has(sent.token) && sent.sentAt <= to && sent.answeredAt >= from,
  )
  return own.flatMap(({ kind, token, uid, sentAt, answeredAt, status, answer }) => [
    entry(sentAt, kind, phones.find(phone => phone.token === token)?.name, `by ${uid}`),
    entry(answeredAt, '  answered', status ?? 'not at all', answer),
  ])
}

function troubleEntries({ troubles }: History, around: { from: number; to: number }): TimelineEntry[] {
  const meanwhile = troubles.filter(({ from, to }) => from <= around.to && to >= around.from)
  return meanwhile.flatMap(({ subject, kind, from, to, delayMs, connections }) => [
    entry(from, '!!', subject, kind, delayMs && `by ${delayMs} ms`, connections, `for ${to - from} ms`),
    entry(to, '!!', subject, kind, 'over'),
  ])
}

/** The log lines that contain the session or the device id. Their times come from the clocks of the processes. */
function logEntries(lines: Recorder['lines'], clocks: History['clocks'], what: string): TimelineEntry[] {
  return lines
    .filter(({ line }) => line.startsWith('{') && line.includes(what))
    .map(({ name, line }) => {
      const { time, level: _level, name: _name, pid: _pid, sessionId: _session, ...rest } = JSON.parse(line)
      return entry(Date.parse(time) - (clocks[name] ?? 0), 'log', name, JSON.stringify(rest))
    })
}

/** The tokens of a timeline: that of the violation, and all that the called users ever had. */
function tokensOf(
  { registrations, webhooks }: History,
  { sessionId, token }: Violation,
): Set<string | undefined> {
  const called = new Set(
    webhooks.filter(webhook => webhook.sessionId === sessionId).map(({ recipient }) => recipient),
  )
  return new Set([token, ...registrations.filter(({ uid }) => called.has(uid)).map(sent => sent.token)])
}
