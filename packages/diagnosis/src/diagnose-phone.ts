import type { DeviceRecord, RingRecord } from '@ringer/store'
import type { DiagnosisCode } from './diagnoses.ts'

/**
 * Returns the diagnosis of one phone at this instant.
 *
 * @param now epoch ms: a push that is still open after the deadline never leaves
 */
export function diagnosePhone(
  { outcome, why }: Pick<DeviceRecord, 'outcome' | 'why'>,
  { state, deadline }: Pick<RingRecord, 'state' | 'deadline'>,
  now: number,
): DiagnosisCode {
  switch (outcome) {
    case 'accepted':
      return 'accepted'
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

const open = {
  queued: 'waiting-for-provider',
  sending: 'in-flight',
  retryable: 'retrying',
} as const satisfies Record<string, DiagnosisCode>
