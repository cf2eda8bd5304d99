import type { Retryable } from '@ringer/providers/senders'
import { describe, expect, it } from 'vitest'
import { planRetry } from '../../src/attempts/plan-retry.ts'

const NOW = 1_700_000_000_000
const FAR = NOW + 30_000

const refused: Retryable = { kind: 'retryable', reason: 'stream refused', delivered: 'no' }
const heldBack: Retryable = { ...refused, retryAfterMs: 700 }
const unavailable: Retryable = { ...refused, reason: 'ServiceUnavailable', status: 503 }
const asksForTime: Retryable = { ...unavailable, status: 429, retryAfterMs: 2_000 }
const unanswered: Retryable = { kind: 'retryable', reason: 'no answer', delivered: 'maybe' }

it.each<[string, Retryable, number[]]>([
  ['not processed', refused, [0, 0, 0, 2_000, 4_000, 4_000]],
  ['held back', heldBack, [250, 250, 700, 700, 700, 700]],
  ['held back for less', { ...heldBack, retryAfterMs: 50 }, [50, 50, 50]],
  ['503', unavailable, [250, 500, 1_000, 2_000, 4_000, 4_000]],
  ['429 with Retry-After 2', asksForTime, [2_000, 2_000, 2_000, 2_000, 4_000, 4_000]],
  ['may have been delivered', unanswered, [250, 500, 1_000, 2_000, 4_000, 4_000]],
])('the retry plan waits between attempts: %s', (_, failed, delays) => {
  const planned = delays.map((_, index) => planRetry(failed, index + 1, NOW, FAR))
  expect(planned).toEqual(delays.map(delay => ({ retry: true, at: NOW + delay })))
})

describe('the deadline', () => {
  it.each([
    [251, true],
    [250, false],
    [249, false],
    [0, false],
    [-5_000, false],
  ])('in %i ms allows a retry after 250 ms: %s', (left, retry) => {
    expect(planRetry(unanswered, 1, NOW, NOW + left).retry).toBe(retry)
  })

  it('is not passed by a retry that may start at once', () => {
    expect(planRetry(refused, 1, NOW, NOW)).toEqual({ retry: false })
    expect(planRetry(refused, 1, NOW, NOW + 1)).toEqual({ retry: true, at: NOW })
  })

  it('takes precedence over a Retry-After', () => {
    expect(planRetry({ ...asksForTime, retryAfterMs: 60_000 }, 1, NOW, FAR)).toEqual({ retry: false })
  })

  it('ends every sequence of retries, even if no attempt was processed', () => {
    let now = NOW
    let attempts = 1
    for (
      let plan = planRetry(refused, 1, now, FAR);
      plan.retry;
      plan = planRetry(refused, attempts, now, FAR)
    ) {
      now = plan.at
      attempts += 1
    }
    expect(attempts).toBeLessThan(15)
  })
})
