import { endAction, receipts, storedFormat } from '@ringer/payloads'
import { z } from 'zod'
import { platform } from '../devices/device.ts'
import { storedHealth } from '../devices/device-health.ts'
import type { WaitingCall } from '../queues/find-waiting-calls.ts'
import { json, type ReadRecord } from '../redis/record-reader.ts'
import { type RefusedCall, refusedCall } from './budgets.ts'
import type { WebhookEntry } from './create-webhook-log.ts'

/**
 * The state of a ring. `expired`: its deadline passed while a phone still had to be rung. `refused`: a budget was used up, so
 * no phone was rung; it stays so when the call is answered or ends.
 */
export const ringState = z.enum(['ringing', 'answered', 'ended', 'expired', 'refused'])
export type RingState = z.infer<typeof ringState>

/**
 * The outcome of the push to one device.
 * Open: `queued`, `sending` (an attempt is under way, or its worker died), `retryable` (failed for now).
 * Settled (never sent again): `accepted`, `unregistered`, `rejected`, `expired`, `skipped`.
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

/**
 * Why a phone was not rung, or nobody was, as a code of the vocabulary of diagnoses: a decision of Ringer's own, or what a
 * provider's refusal means.
 */
export const why = z.enum([
  'answered-first',
  'app-not-configured',
  'device-moved',
  'device-retired',
  'device-unreadable',
  'ended-first',
  'endpoint-not-public',
  'group-members-unknown',
  'group-too-large',
  'no-device',
  'no-worker-for-provider',
  'only-alert-tokens',
  'over-budget',
  'provider-credentials',
  'provider-not-configured',
  'provider-quota',
  'token-dead',
  'token-malformed',
  'unrelated-key',
  'wrong-environment',
  'wrong-key',
  'wrong-key-environment',
  'wrong-sender',
  'wrong-topic',
  'wrong-vapid-key',
])
export type Why = z.infer<typeof why>

/**
 * Why a push could not leave. Either a connection did not open: then it has the code of the system, of Node or of the proxy. Or the
 * provider refused the account: then it has the provider's words.
 */
export const unsentCause = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('connection'), code: z.string(), url: z.string() }),
  z.object({ kind: z.literal('account'), words: z.string() }),
])
export type UnsentCause = z.infer<typeof unsentCause>

/**
 * An attempt that failed. `status` and `reason` are absent if its outcome was never written. Without `sentAt` nothing left: then
 * `attempt` is the number of those that had left before.
 */
export const failedAttempt = z.object({
  attempt: z.number(),
  sentAt: z.number().optional(),
  failedAt: z.number().optional(),
  status: z.number().optional(),
  reason: z.string().optional(),
  cause: unsentCause.optional(),
})
export type FailedAttempt = z.infer<typeof failedAttempt>

/** One device's part in a ring. Instants are epoch ms. `status` and `reason` are in the provider's words. */
export const deviceRecord = z.object({
  platform,
  /** The app's own name for the phone, if it gave one: kept with the ring, because the phone may be gone when somebody asks. */
  appDeviceId: z.string().optional(),
  outcome: deviceOutcome,
  /** How many attempts have left or are about to. */
  attempt: z.number().default(0),
  queuedAt: z.number().optional(),
  sentAt: z.number().optional(),
  settledAt: z.number().optional(),
  status: z.number().optional(),
  reason: z.string().optional(),
  /** What `reason` means, if that is known. Says nothing once the push was accepted. */
  why: why.optional(),
  /** The attempts that failed, the newest ones: those that did not settle the device, and all that never left. */
  failed: z.array(failedAttempt).optional(),
  /** Set if the phone had sent a receipt before this ring: without one, it did not show the call. */
  expectsReceipt: z.literal(true).optional(),
  /** What the app had told about the phone when it was rung. Values are strings in Redis. */
  health: z.object(storedHealth).optional(),
  /** What the phone reported. Kept apart from the rest, because it may come before the outcome. */
  receipts: receipts.optional(),
})
export type DeviceRecord = z.infer<typeof deviceRecord>

/** One ring, as its hash in Redis describes it. */
export const ringRecord = z.object({
  ringId: z.string(),
  sessionId: z.string(),
  recipient: z.string(),
  state: ringState,
  /** When the call began, if its webhook said so, by the sender's clock. */
  sentAt: z.number().optional(),
  receivedAt: z.number(),
  dequeuedAt: z.number(),
  deadline: z.number(),
  answeredAt: z.number().optional(),
  endedAt: z.number().optional(),
  endAction: endAction.optional(),
  /** The id of the device that answered, or its platform, if that is all that is known. */
  answeredOn: z.string().optional(),
  /** Why no phone was rung, as a code and in words. */
  why: why.optional(),
  note: z.string().optional(),
  /** Set if a budget was used up. */
  refusal: refusedCall.optional(),
  /**
   * Set if the session was announced again before this ring was over. No phone may be told then that this ring ended:
   * apps identify a ring by its session and would stop the later one.
   */
  superseded: z.literal(true).optional(),
  devices: z.array(deviceRecord.extend({ deviceId: z.string() })),
})
export type RingRecord = z.infer<typeof ringRecord>

/**
 * All that is known of one session. It answers "why didn't Bob's phone ring?". If there are no rings and nothing waits, no webhook
 * announced the call: `end`, `answer` and `webhooks` say what else arrived.
 */
export interface CallRecord {
  appId: string
  sessionId: string
  /** An end of the whole call, not of one member's ring. It may have come before the ring. */
  end?: { action: string; at: number }
  /** Somebody joined the call, and the event did not say who: an answer of whoever was called. */
  answer?: { at: number }
  /** Why no member of a group, or not every member, was rung, as a code and in words. */
  why?: Why
  note?: string
  /** Set if a group was not rung, because a budget was used up. */
  refusal?: RefusedCall
  rings: RingRecord[]
  /** What arrived besides the webhooks that rang: retries, ends and answers, the oldest first. */
  webhooks?: WebhookEntry[]
  /** What is not done yet. Only `readCall` looks for it. */
  waiting?: WaitingCall[]
}

/** A ring's hash, whose values are all strings, without its devices. */
const storedRing = ringRecord.omit({ ringId: true, devices: true, sentAt: true }).extend({
  /** Only its time is of interest here. An event that cannot be read costs the ring nothing. */
  event: json.pipe(z.object({ sentAt: z.number().optional() })).catch({}),
  receivedAt: z.coerce.number(),
  dequeuedAt: z.coerce.number(),
  deadline: z.coerce.number(),
  answeredAt: z.coerce.number().optional(),
  endedAt: z.coerce.number().optional(),
  refusal: json.pipe(refusedCall).optional(),
  superseded: z
    .string()
    .transform(() => true as const)
    .optional(),
  format: storedFormat,
})

/** One device's part in a ring, as the ring's hash has it. */
export const storedDevice = json.pipe(deviceRecord)

/** What one device reported about a ring, as the ring's hash has it. */
export const storedReceipts = json.pipe(receipts)

/** Reads the devices in a ring's hash. */
export function readDevices(
  ringId: string,
  hash: Record<string, string>,
  readRecord: ReadRecord,
): RingRecord['devices'] {
  return Object.entries(hash).flatMap(([field, value]) => {
    if (!field.startsWith('device:')) return []
    const deviceId = field.slice('device:'.length)
    const name = { kind: 'ring', ringId, deviceId } as const
    const device = readRecord(storedDevice, value, name)
    const reported = hash[`receipts:${deviceId}`]
    const receipts = reported === undefined ? undefined : readRecord(storedReceipts, reported, name)
    return device ? [{ deviceId, ...device, ...(receipts && { receipts }) }] : []
  })
}

/** Reads a ring's hash, or null for a key that holds another type of value. */
export function readRingRecord(
  ringId: string,
  hash: Record<string, string> | null,
  readRecord: ReadRecord,
): RingRecord | undefined {
  const ring = readRecord(storedRing, hash, { kind: 'ring', ringId })
  if (!ring || !hash) return undefined
  const { event, ...rest } = ring
  const devices = readDevices(ringId, hash, readRecord)
  return { ringId, ...(event.sentAt !== undefined && { sentAt: event.sentAt }), ...rest, devices }
}
