import type { DeviceRecord, RingRecord } from '@ringer/store'
import type { Diagnosed, DiagnosisCode } from '../diagnoses.ts'
import { diagnoseHealth } from './diagnose-health.ts'

/** How long after the push was accepted a phone that sends receipts has to send one. */
const RECEIPT_MS = 5_000

/**
 * Returns the diagnosis of one phone at this instant. What the phone itself reported counts more than what its provider said. If a
 * phone that reports did not, what it had told about itself may be the cause.
 *
 * @param now epoch ms: a push that is still open after the deadline never leaves
 */
export function diagnosePhone(
  device: RungPhone,
  ring: Pick<RingRecord, 'state' | 'deadline'>,
  now: number,
): Diagnosed {
  const code = codeOf(device, ring, now)
  if (code !== 'accepted-not-shown') return { code }
  return { code, because: diagnoseHealth(device.platform, device.health).code }
}

type RungPhone = Pick<DeviceRecord, 'platform' | 'outcome'> &
  Partial<Pick<DeviceRecord, 'why' | 'settledAt' | 'expectsReceipt' | 'health' | 'receipts'>>

function codeOf(
  device: RungPhone,
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

const isSilent = ({ settledAt, expectsReceipt, receipts }: RungPhone, now: number) =>
  expectsReceipt && !receipts && settledAt !== undefined && now >= settledAt + RECEIPT_MS

const open = {
  queued: 'waiting-for-provider',
  sending: 'in-flight',
  retryable: 'retrying',
} as const satisfies Record<string, DiagnosisCode>
