import type { DeviceRecord, RingRecord } from '@ringer/store'
import type { DiagnosisCode } from './diagnoses.ts'

/** How long after the push was accepted a phone that sends receipts has to send one. */
const RECEIPT_MS = 5_000

/**
 * Returns the diagnosis of one phone at this instant. What the phone itself reported counts more than what its provider said.
 *
 * @param now epoch ms: a push that is still open after the deadline never leaves
 */
export function diagnosePhone(
  device: Pick<DeviceRecord, 'outcome' | 'why' | 'settledAt' | 'expectsReceipt' | 'receipts'>,
  { state, deadline }: Pick<RingRecord, 'state' | 'deadline'>,
  now: number,
): DiagnosisCode {
  const { outcome, why, receipts } = device
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
      return why ?? 'ended-first'
    case 'expired':
      return why ?? 'expired-provider-down'
  }
  if (state === 'answered') return 'answered-first'
  if (state === 'ended') return 'ended-first'
  if (now >= deadline) return why ?? 'expired-provider-down'
  return open[outcome]
}

const isSilent = (
  { settledAt, expectsReceipt, receipts }: Pick<DeviceRecord, 'settledAt' | 'expectsReceipt' | 'receipts'>,
  now: number,
) => expectsReceipt && !receipts && settledAt !== undefined && now >= settledAt + RECEIPT_MS

const open = {
  queued: 'waiting-for-provider',
  sending: 'in-flight',
  retryable: 'retrying',
} as const satisfies Record<string, DiagnosisCode>
