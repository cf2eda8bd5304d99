import type { DeviceRecord, FailedAttempt, RingRecord } from '@ringer/store'

/** One attempt to push to a phone. Instants are ISO 8601, in UTC. */
export interface AttemptView {
  /** Its number, from 1. One that was not sent has the number of the next one that was. */
  attempt: number
  /** How often it could not be sent, if it was more than once. Then the rest is about the last time. */
  times?: number | undefined
  /** When it turned out that it could not be sent, if it was not. */
  at?: string | undefined
  sentAt?: string | undefined
  /** When it left, in ms after the webhook arrived. */
  ms?: number | undefined
  /** How long the provider took to answer, ms. */
  tookMs?: number | undefined
  /** How much of the ring was left when it was sent, ms. */
  leftMs?: number | undefined
  outcome: string
  status?: number | undefined
  /** The provider's words, or ours. If nothing was sent, it begins with "not sent: ". */
  reason?: string | undefined
  /** What became of it, for people: `failed for now: 503 UNAVAILABLE`, or `not sent: no connection (ECONNREFUSED)`. */
  words: string
}

/**
 * Lists the attempts that failed, and the last one. That a phone was skipped is no attempt.
 *
 * An attempt departs after the call was taken, and is answered after it departed: the clocks of two workers may differ by some ms.
 */
export function attemptsOf(device: DeviceRecord, ring: RingRecord): AttemptView[] {
  return listAttempts(device, ring).map(view => ({ ...view, words: wordsOf(view) }))
}

function listAttempts(device: DeviceRecord, ring: RingRecord): Omit<AttemptView, 'words'>[] {
  const { failed = [], attempt, sentAt, settledAt, outcome, status, reason } = device
  const arrivedAt = arrivalOf(ring)
  const view = (sent: number | undefined, answered: number | undefined) => {
    if (sent === undefined) return {}
    const at = Math.max(sent, arrivedAt)
    return {
      ...{ sentAt: iso(at), ms: at - arrivedAt, leftMs: ring.deadline - at },
      ...(answered !== undefined && { tookMs: Math.max(0, answered - at) }),
    }
  }
  const isListed = attempt === 0 || outcome === 'retryable' || failed.some(one => hasLeft(one, attempt))
  const earlier = mergeUnsent(failed).map(({ times, ...one }) => ({
    attempt: one.attempt,
    ...(times > 1 && { times }),
    ...view(one.sentAt, one.failedAt),
    ...(one.sentAt === undefined && one.failedAt !== undefined && { at: iso(one.failedAt) }),
    outcome: one.sentAt === undefined ? 'not sent' : one.failedAt === undefined ? 'unanswered' : 'retryable',
    ...(one.status !== undefined && { status: one.status }),
    ...(one.reason !== undefined && { reason: one.reason }),
  }))
  if (isListed) return earlier
  // Its outcome was never written. What is written is why there was no other one.
  if (outcome === 'skipped')
    return [...earlier, { attempt, ...view(sentAt, undefined), outcome: 'unanswered' }]
  const last = {
    attempt,
    ...view(sentAt, settledAt),
    outcome,
    ...(status !== undefined && { status }),
    ...(reason !== undefined && { reason }),
  }
  return [...earlier, last]
}

/** Outcomes of sent pushes that their status and reason alone do not tell. */
const labels: Readonly<Record<string, string>> = {
  sending: 'not answered yet',
  retryable: 'failed for now',
  expired: 'failed',
}

function wordsOf({ ms, times, outcome, status, reason }: Omit<AttemptView, 'words'>): string {
  if (ms === undefined) return `${reason ?? outcome}${times === undefined ? '' : ` (${times} times)`}`
  const answer = [status, reason].filter(part => part !== undefined).join(' ')
  const label = labels[outcome]
  if (label !== undefined) return answer === '' ? label : `${label}: ${answer}`
  return [outcome, answer].filter(Boolean).join(' ')
}

const hasLeft = (one: FailedAttempt, attempt: number) => one.attempt === attempt && one.sentAt !== undefined

/** Counts what could not be sent, in a row, as one. Its number is that of the attempt that it would have been. */
function mergeUnsent(failed: readonly FailedAttempt[]): (FailedAttempt & { times: number })[] {
  const merged: (FailedAttempt & { times: number })[] = []
  for (const one of failed) {
    const before = merged.at(-1)
    if (one.sentAt !== undefined) merged.push({ ...one, times: 1 })
    else if (before && before.sentAt === undefined)
      merged.splice(-1, 1, { ...one, attempt: before.attempt, times: before.times + 1 })
    else merged.push({ ...one, attempt: (before?.attempt ?? 0) + 1, times: 1 })
  }
  return merged
}

/**
 * When a ring's webhook arrived, epoch ms. The ingress and the worker know Redis's clock within some ms each, so a call may seem to
 * have been taken before it arrived.
 */
export const arrivalOf = ({ receivedAt, dequeuedAt }: Pick<RingRecord, 'receivedAt' | 'dequeuedAt'>) =>
  Math.min(receivedAt, dequeuedAt)

const iso = (at: number) => new Date(at).toISOString()
