import type { DiagnosisCode } from './diagnoses.ts'

/** What was good, and what is not decided yet, in this order. */
const first: readonly DiagnosisCode[] = [
  'shown',
  'accepted',
  'in-flight',
  'retrying',
  'waiting-for-provider',
  'waiting',
]

/** What nobody has to mend. It says less than any fault. */
const last: readonly DiagnosisCode[] = [
  'answered-first',
  'ended-first',
  'device-moved',
  'no-device',
  'duplicate',
]

/**
 * Returns the code that tells most about several phones or people: the best one if any phone rang or may still ring, otherwise the
 * first fault that somebody can mend.
 *
 * @param codes at least one
 */
export function mostTelling(codes: readonly DiagnosisCode[]): DiagnosisCode {
  const good = first.find(code => codes.includes(code))
  const fault = codes.find(code => !last.includes(code))
  return good ?? fault ?? last.find(code => codes.includes(code)) ?? 'unknown'
}
