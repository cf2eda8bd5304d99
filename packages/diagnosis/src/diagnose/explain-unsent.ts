import { providerOf, providers } from '@ringer/providers'
import { type Explanation, explainConnectionError } from '@ringer/service'
import type { DeviceRecord, UnsentCause } from '@ringer/store'
import type { DiagnosisCode } from '../diagnoses.ts'

/** What a connection that does not open explains. */
const ofConnections: ReadonlySet<DiagnosisCode> = new Set([
  ...(['retrying', 'waiting-for-provider', 'expired-provider-down', 'ended-provider-down'] as const),
])

/** Says in the words of `ringer doctor` why the last push to a phone could not leave, if it could not. */
export function explainUnsent(
  device: Pick<DeviceRecord, 'platform'> & Partial<Pick<DeviceRecord, 'failed'>>,
  code: DiagnosisCode,
): Explanation | undefined {
  const cause = causeOf(device)
  if (cause?.kind === 'connection' && ofConnections.has(code))
    return explainConnectionError(cause.code, cause.url, { mayUseProxy: true })
  if (cause?.kind === 'account' && code === 'provider-credentials')
    return providerOf(device, providers)?.explainAccount?.(cause.words)
  return undefined
}

/** The newest cause, unless something left since then. That a push waited for its turn says less. */
function causeOf({ failed = [] }: Partial<Pick<DeviceRecord, 'failed'>>): UnsentCause | undefined {
  const left = failed.findLastIndex(({ sentAt }) => sentAt !== undefined)
  return failed.slice(left + 1).findLast(({ cause }) => cause !== undefined)?.cause
}
