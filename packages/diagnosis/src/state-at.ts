import type { RingRecord, RingState } from '@ringer/store'

/**
 * What a ring is at an instant. `unanswered`: a phone was rung, the deadline has passed, and nothing else came. `nobody`: there was
 * no phone to ring. `not-rung`: there was, and each of them was refused or skipped.
 */
export type RingStateNow = RingState | 'unanswered' | 'nobody' | 'not-rung'

const open: ReadonlySet<string> = new Set(['queued', 'sending', 'retryable'])

/**
 * The record says what happened last. That a deadline has passed is written only by somebody who still had a push to send.
 *
 * @param now epoch ms
 */
export function stateAt({ state, deadline, devices }: RingRecord, now: number): RingStateNow {
  if (state !== 'ringing') return state
  if (devices.length === 0) return 'nobody'
  const hasRung = devices.some(({ outcome, receipts }) => outcome === 'accepted' || receipts?.shown)
  if (hasRung) return now < deadline ? 'ringing' : 'unanswered'
  if (devices.some(({ outcome }) => open.has(outcome))) return now < deadline ? 'ringing' : 'expired'
  return devices.every(({ outcome }) => outcome === 'expired') ? 'expired' : 'not-rung'
}
