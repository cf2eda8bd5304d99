import { deviceIdOf } from '@ringer/store'
import type { Violation } from './check/violation.ts'
import type { History } from './history.ts'
import type { Recorder } from './stage/record-history.ts'

/** Troubles and registrations are told from so long before a call to so long after it. */
const AROUND_MS = 5_000

interface Told {
  /** Epoch ms. */
  at: number
  text: string
}

const tell = (at: number, ...words: unknown[]): Told => ({
  at,
  text: words.filter(word => word !== undefined && word !== null).join('  '),
})

/** The whole story of one call, or of one token: what was sent, what came of it, what was wrong meanwhile, in order. */
export function tellStory(violation: Violation, history: History, lines: Recorder['lines']): string {
  const { sessionId, token } = violation
  const own = [...tellWebhooks(history, sessionId), ...tellPushes(history, violation)]
  const instants = own.map(({ at }) => at)
  const from = Math.min(...instants, sessionId === undefined ? history.startedAt : history.endedAt)
  const to = sessionId === undefined ? history.endedAt : Math.max(...instants)
  const around = { from: from - AROUND_MS, to: to + AROUND_MS }
  const all = [
    ...own,
    ...tellRegistrations(history, tokensOf(history, violation), around),
    ...tellTroubles(history, around),
    ...tellLines(lines, sessionId ?? deviceIdOf('default', token ?? '')),
  ]
  const timeline = all
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, text }) => `    ${String(at - from).padStart(7)} ms  ${text}`)
  const records = history.records.filter(record => record.sessionId === sessionId)
  return [...timeline, ...records.map(record => `    record  ${JSON.stringify(record)}`)].join('\n')
}

function tellWebhooks({ webhooks }: History, sessionId: string | undefined): Told[] {
  const own = webhooks.filter(webhook => webhook.sessionId === sessionId)
  return own.flatMap(({ kind, action, recipient, dialect, ingress, eventAt, ...sent }) => {
    const { sentAt, answeredAt, status, answer } = sent
    const age = eventAt === undefined ? undefined : `of ${eventAt - sentAt} ms`
    return [
      tell(sentAt, 'webhook', kind, action, recipient, dialect, age, `to ingress-${ingress}`),
      tell(answeredAt, '  answered', status ?? 'nothing', answer),
    ]
  })
}

function tellPushes({ pushes, phones }: History, { sessionId, token }: Violation): Told[] {
  const own = pushes.filter(push => (sessionId ? push.sessionId === sessionId : push.token === token))
  return own.map(push => {
    const { provider, at, rings, status, reason, fault, accepted, apnsId, expiresAt } = push
    const phone = phones.find(known => known.token === push.token)?.name ?? push.token
    const expiry = expiresAt && `expires ${Math.round(expiresAt - at)} ms later`
    const order = fault === null ? undefined : `(${fault})`
    const outcome = [accepted ? 'ACCEPTED' : 'not accepted', status, reason, order]
    return tell(at, 'push', rings ? 'ring' : 'stop', `to ${phone}`, provider, ...outcome, apnsId, expiry)
  })
}

function tellRegistrations(
  { registrations, phones }: History,
  tokens: ReadonlySet<string | undefined>,
  { from, to }: { from: number; to: number },
): Told[] {
  const own = registrations.filter(
    sent => tokens.has(sent.token) && sent.sentAt <= to && sent.answeredAt >= from,
  )
  return own.flatMap(({ kind, token, uid, sentAt, answeredAt, status, answer }) => [
    tell(sentAt, kind, phones.find(phone => phone.token === token)?.name, `by ${uid}`),
    tell(answeredAt, '  answered', status ?? 'nothing', answer),
  ])
}

function tellTroubles({ troubles }: History, around: { from: number; to: number }): Told[] {
  const meanwhile = troubles.filter(({ from, to }) => from <= around.to && to >= around.from)
  return meanwhile.flatMap(({ subject, kind, from, to }) => [
    tell(from, '!!', subject, kind, `for ${to - from} ms`),
    tell(to, '!!', subject, kind, 'over'),
  ])
}

/** Log lines that name the call, or the phone. */
function tellLines(lines: Recorder['lines'], what: string): Told[] {
  return lines
    .filter(({ line }) => line.startsWith('{') && line.includes(what))
    .map(({ name, line }) => {
      const { time, level: _level, name: _name, pid: _pid, sessionId: _session, ...rest } = JSON.parse(line)
      return tell(Date.parse(time), 'log', name, JSON.stringify(rest))
    })
}

/** The phones that a story is about: the one that something happened to, and all that the called users ever had. */
function tokensOf(
  { registrations, webhooks }: History,
  { sessionId, token }: Violation,
): Set<string | undefined> {
  const called = new Set(
    webhooks.filter(webhook => webhook.sessionId === sessionId).map(({ recipient }) => recipient),
  )
  return new Set([token, ...registrations.filter(({ uid }) => called.has(uid)).map(sent => sent.token)])
}
