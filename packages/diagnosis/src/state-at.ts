import type { RingRecord, RingState } from '@ringer/store'

/**
 * What a ring is at an instant. `unanswered`: a phone was rung, the deadline has passed, and nothing else came. `nobody`: there was
 * no phone to ring.
 */
export type RingStateNow = RingState | 'unanswered' | 'nobody'

/**
 * The record says what happened last. That a deadline has passed is written only by somebody who still had a push to send.
 *
 * @param now epoch ms
 */
export function stateAt({ state, deadline, devices }: RingRecord, now: number): RingStateNow {
  if (state !== 'ringing') return state
  if (devices.length === 0) return 'nobody'
  if (now < deadline) return 'ringing'
  const hasRung = devices.some(({ outcome, receipts }) => outcome === 'accepted' || receipts?.shown)
  return hasRung ? 'unanswered' : 'expired'
}
