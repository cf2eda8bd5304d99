import { endAction } from '@ringer/payloads'
import { z } from 'zod'
import { platform } from '../devices/device.ts'

/** Where a ring stands. `expired`: its deadline passed while somebody still had to be rung. */
export const ringState = z.enum(['ringing', 'answered', 'ended', 'expired'])
export type RingState = z.infer<typeof ringState>

/**
 * What became of the push to one device.
 * Open: `queued`, `sending` (an attempt is under way, or its worker died), `retryable` (failed for now).
 * Settled, and never sent again: `accepted`, `unregistered`, `rejected`, `expired`, `skipped`.
 */
export const deviceOutcome = z.enum([
  'queued',
  'sending',
  'retryable',
  'accepted',
  'unregistered',
  'rejected',
  'expired',
  'skipped',
])
export type DeviceOutcome = z.infer<typeof deviceOutcome>

/** One device's part in a ring. Instants are epoch ms; `status` and `reason` are the provider's own words. */
export const deviceRecord = z.object({
  platform,
  outcome: deviceOutcome,
  attempt: z.number().default(0),
  queuedAt: z.number().optional(),
  sentAt: z.number().optional(),
  settledAt: z.number().optional(),
  status: z.number().optional(),
  reason: z.string().optional(),
})
export type DeviceRecord = z.infer<typeof deviceRecord>

/** One ring, as its hash in Redis tells it. */
export const ringRecord = z.object({
  ringId: z.string(),
  sessionId: z.string(),
  recipient: z.string(),
  state: ringState,
  receivedAt: z.number(),
  dequeuedAt: z.number(),
  deadline: z.number(),
  answeredAt: z.number().optional(),
  endedAt: z.number().optional(),
  endAction: endAction.optional(),
  /** The device that answered, or what kind it was of, as far as anybody said. */
  answeredOn: z.string().optional(),
  /** Why no phone is rung. */
  note: z.string().optional(),
  /**
   * Set where the session was announced again before this ring was over: no phone must hear of its end any more, for
   * apps know a ring by its session, and would stop the later one.
   */
  superseded: z.literal(true).optional(),
  devices: z.array(deviceRecord.extend({ deviceId: z.string() })),
})
export type RingRecord = z.infer<typeof ringRecord>

/** All that is known of one session: the answer to "why didn't Bob's phone ring?". */
export interface CallRecord {
  appId: string
  sessionId: string
  /** An end that named no single member; it may have come before the ring. */
  end?: { action: string; at: number }
  /** Why nobody, or not everybody, of a group was rung. */
  note?: string
  rings: RingRecord[]
}
