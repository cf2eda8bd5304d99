import { providerOf, providers } from '@ringer/providers'
import { type DeviceRecord, pushQueueName, type RingRecord, type Why } from '@ringer/store'
import type { DiagnosisCode } from '../diagnoses.ts'
import type { KnownWorker } from '../known-call.ts'
import type { Diagnosed } from '../verdict-of.ts'
import { diagnoseHealth } from './diagnose-health.ts'
import { explainUnsent } from './explain-unsent.ts'

/** How long after the push was accepted a phone that sends receipts has to send one. */
const RECEIPT_MS = 5_000

/** If a push has not been answered for this long, its provider is in trouble. */
const ON_ITS_WAY_MS = 2_000

/**
 * Returns the diagnosis of one phone at this instant. What the phone itself reported counts more than what its provider said. If a
 * phone that reports did not, what it had told about itself may be the cause.
 *
 * @param now epoch ms: a push that is still open after the deadline never leaves
 * @param workers the workers that are running, if they are known
 */
export function diagnosePhone(
  device: DiagnosedPhone,
  ring: RungRing,
  now: number,
  workers?: readonly KnownWorker[],
): Diagnosed {
  const queue = queueOf(device)
  const isServed = workers?.some(({ queues, leaves = [] }) => [...queues, ...leaves].includes(queue)) ?? true
  const code = codeOf(device, ring, now, isServed)
  switch (code) {
    case 'no-worker-for-provider':
      return { code, queue }
    case 'accepted':
      return toldSoFar(device, now)
    case 'accepted-not-shown': {
      const because = diagnoseHealth(device.platform, device.health).code
      return { code, ...(because && { because }) }
    }
  }
  const exact = explainUnsent(device, code)
  return exact ? { code, exact } : { code }
}

/** What the phone of an accepted push has told until now. */
function toldSoFar(
  { platform, health, receipts, expectsReceipt, settledAt }: DiagnosedPhone,
  now: number,
): Diagnosed {
  const reported = receipts?.['full-screen-denied'] ? 'full-screen-denied' : undefined
  const because = reported ?? diagnoseHealth(platform, health).code
  const isAwaited = expectsReceipt && !receipts && settledAt !== undefined
  return {
    code: 'accepted',
    ...(because && { because }),
    ...(receipts?.duplicate && { isRepeated: true }),
    ...(isAwaited && { acceptedMs: Math.floor(Math.max(0, now - settledAt) / 1_000) * 1_000 }),
  }
}

type DiagnosedPhone = Pick<DeviceRecord, 'platform' | 'outcome'> &
  Partial<
    Pick<
      DeviceRecord,
      'why' | 'queuedAt' | 'sentAt' | 'settledAt' | 'expectsReceipt' | 'health' | 'receipts' | 'failed'
    >
  >

type RungRing = Pick<RingRecord, 'state' | 'deadline'> & Partial<Pick<RingRecord, 'answeredAt' | 'endedAt'>>

/** The queue in which the pushes to a phone wait. */
const queueOf = (device: DiagnosedPhone) =>
  pushQueueName(providerOf(device, providers)?.name ?? device.platform)

function codeOf(device: DiagnosedPhone, ring: RungRing, now: number, isServed: boolean): DiagnosisCode {
  const { outcome, why, receipts } = device
  const { state, deadline, answeredAt } = ring
  if (receipts?.shown) return 'shown'
  if (receipts?.suppressed) return 'suppressed'
  if (receipts?.late) return 'late-on-phone'
  switch (outcome) {
    case 'accepted':
      return isSilent(device, now) ? 'accepted-not-shown' : 'accepted'
    case 'unregistered':
      return 'token-dead'
    case 'rejected':
      return why ?? 'provider-refused'
    case 'skipped':
      return meaning(why) ?? afterEnd(device, ring, now)
    case 'expired':
      return meaning(why) ?? (isOver(ring) ? 'ended-provider-down' : 'expired-provider-down')
  }
  if (state === 'answered' || answeredAt !== undefined) return 'answered-first'
  const code = state === 'ended' ? afterEnd(device, ring, now) : undefined
  if (code === 'ended-first' || code === 'in-flight') return code
  if (!isServed && outcome !== 'sending') return 'no-worker-for-provider'
  if (code) return code
  if (now >= deadline) return why ?? 'expired-provider-down'
  return open[outcome]
}

/** Whether the call ended before its time. An attempt that was under way then may have been waited for until the deadline. */
const isOver = ({ deadline, endedAt }: RungRing) => endedAt !== undefined && endedAt < deadline

/** Returns why a phone was not rung by the end of its call. An end hides no failure: it only came after it. */
function afterEnd(
  { outcome, why, queuedAt, sentAt, settledAt, failed = [] }: DiagnosedPhone,
  { deadline, endedAt }: RungRing,
  now: number,
): DiagnosisCode {
  const overAt = endedAt ?? settledAt ?? now
  if (overAt >= deadline) return meaning(why) ?? 'expired-provider-down'
  if (failed.length > 0) return meaning(why) ?? 'ended-provider-down'
  if (outcome === 'sending') {
    return now - (sentAt ?? now) < ON_ITS_WAY_MS ? 'in-flight' : 'ended-provider-down'
  }
  return overAt - (sentAt ?? queuedAt ?? overAt) < ON_ITS_WAY_MS ? 'ended-first' : 'ended-provider-down'
}

/** What the last failure meant. That the call ended says nothing about it. */
const meaning = (why: Why | undefined) => (why === 'ended-first' ? undefined : why)

const isSilent = ({ settledAt, expectsReceipt, receipts }: DiagnosedPhone, now: number) =>
  expectsReceipt && !receipts && settledAt !== undefined && now >= settledAt + RECEIPT_MS

const open = {
  queued: 'waiting-for-provider',
  sending: 'in-flight',
  retryable: 'retrying',
} as const satisfies Record<string, DiagnosisCode>
