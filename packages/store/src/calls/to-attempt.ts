import { type RingEvent, ringEvent } from '@ringer/payloads'
import { type DeviceOutcome, deviceOutcome } from './call-record.ts'

/** Whether an attempt may start, and with what. */
export type Attempt =
  | { verdict: 'go'; event: RingEvent; receivedAt: number; attempt: number; leftOpen: boolean }
  /** There is nothing left to ring for. `before`: where the device stood, for it may have been rung all the same. */
  | { verdict: 'answered' | 'ended' | 'expired'; before: DeviceOutcome }
  | { verdict: 'settled' | 'unknown' }

/** What the script BEGIN_ATTEMPT answers. */
export type BeginAnswer =
  | ['go', event: string, receivedAt: string, attempt: number, leftOpen: number]
  | ['answered' | 'ended' | 'expired', before: string]
  | ['settled' | 'unknown']

/** Reads the answer of the script BEGIN_ATTEMPT. */
export function toAttempt(answer: BeginAnswer): Attempt {
  switch (answer[0]) {
    case 'go': {
      const [verdict, event, receivedAt, attempt, leftOpen] = answer
      const parsed = ringEvent.parse(JSON.parse(event))
      return { verdict, event: parsed, receivedAt: Number(receivedAt), attempt, leftOpen: leftOpen === 1 }
    }
    case 'settled':
    case 'unknown':
      return { verdict: answer[0] }
    default:
      return { verdict: answer[0], before: deviceOutcome.parse(answer[1]) }
  }
}
