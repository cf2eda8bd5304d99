import { deadlineOf } from '@ringer/payloads'
import { describe, expect, it } from 'vitest'

const SENT_AT = 1_781_024_530_000
const RECEIVED_AT = SENT_AT + 2_000

describe('the deadline of a ring', () => {
  it.each([
    ['from when the caller pressed the button', SENT_AT, SENT_AT + 30_000],
    ['from the arrival, if the event has no time', undefined, RECEIVED_AT + 30_000],
    ['from the arrival, if the sender’s clock is fast', RECEIVED_AT + 60_000, RECEIVED_AT + 30_000],
    ['from the event’s own time, if the call is an hour old', SENT_AT - 3_600_000, SENT_AT - 3_570_000],
  ])('is counted %s', (_, sentAt, deadline) => {
    expect(deadlineOf(RECEIVED_AT, sentAt, 30_000)).toBe(deadline)
  })
})
