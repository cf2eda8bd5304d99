import type { DiagnosisCode } from '../diagnoses.ts'
import type { Diagnosed } from '../verdict-of.ts'

/** Diagnoses that are no fault: first those of calls that went well, then those that are not decided yet. */
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
 * Returns the diagnosis that tells most about several phones or people: the best one if any phone rang or may still ring, otherwise the
 * first fault that somebody can mend.
 *
 * @param all at least one
 */
export function mostTelling(all: readonly Diagnosed[]): Diagnosed {
  const firstOf = (codes: readonly DiagnosisCode[]) =>
    codes.flatMap(code => {
      const same = all.filter(diagnosed => diagnosed.code === code)
      return same.find(({ because }) => because === undefined) ?? same[0] ?? []
    })[0]
  const fault = all.find(({ code }) => !last.includes(code))
  return firstOf(first) ?? fault ?? firstOf(last) ?? { code: 'unknown' }
}
