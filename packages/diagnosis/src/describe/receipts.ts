import type { DeviceRecord, RingRecord } from '@ringer/store'
import { arrivalOf } from './attempts.ts'

type Receipts = NonNullable<DeviceRecord['receipts']>

/** What a phone reported. Instants are ISO 8601, in UTC. */
export interface ReceiptView {
  event: keyof Receipts
  at: string
  /** When it arrived, in ms after the webhook: for `shown`, the time from the webhook to the screen. */
  ms: number
  /** When it happened, by the phone's own clock. */
  phoneAt?: string | undefined
  deliveredPriority?: 'high' | 'normal' | undefined
  originalPriority?: 'high' | 'normal' | undefined
  appVersion?: string | undefined
  osVersion?: string | undefined
}

/** Lists what a phone reported, in the order in which it arrived. */
export function receiptsOf({ receipts = {} }: DeviceRecord, ring: RingRecord): ReceiptView[] {
  const reported = Object.entries(receipts) as [keyof Receipts, Required<Receipts>[keyof Receipts]][]
  return reported
    .map(([event, receipt]) => ({ event, ...receipt }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ event, at, phoneAt, ...more }) => ({
      ...{ event, at: iso(at), ms: Math.max(0, at - arrivalOf(ring)) },
      ...(phoneAt !== undefined && { phoneAt: iso(phoneAt) }),
      ...more,
    }))
}

const iso = (at: number) => new Date(at).toISOString()
