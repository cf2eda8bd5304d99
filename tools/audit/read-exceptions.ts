/** A finding that is accepted until a day: an advisory, or a licence that is not on the list (`none`: it declares none). */
export interface Exception {
  package: string
  /** The advisory's id (GHSA-…), or the version's licence. */
  finding: { advisory: string } | { version: string; license: string }
  reason: string
  /** `2027-06-30`: the last day on which it counts. */
  expires: string
}

const DAY = /^\d{4}-\d{2}-\d{2}$/
/** Long enough to be a reason. */
const SHORTEST_REASON = 20
/** A year from now at most: somebody has to look again. */
const LONGEST_DAYS = 366
const DAY_MS = 86_400_000

/**
 * Reads the text of `exceptions.json`: a list of `{ package, advisory, reason, expires }` or
 * `{ package, version, license, reason, expires }`.
 *
 * @param today `2026-11-29`
 * @returns the exceptions that count today, and what is wrong with the others
 */
export function readExceptions(text: string, today: string): { exceptions: Exception[]; faults: string[] } {
  const exceptions: Exception[] = []
  const faults: string[] = []
  for (const [index, entry] of (JSON.parse(text) as Record<string, string>[]).entries()) {
    const read = readException(entry, today)
    if (typeof read === 'string') faults.push(`exceptions.json, entry ${index + 1}: ${read}`)
    else exceptions.push(read)
  }
  return { exceptions, faults }
}

function readException(entry: Record<string, string>, today: string): Exception | string {
  const { package: name, advisory, version, license, reason = '', expires = '' } = entry
  if (!name) return 'package is missing'
  if (reason.length < SHORTEST_REASON) return `reason: say in a sentence why ${name} is acceptable`
  const day = Date.parse(expires)
  if (!DAY.test(expires) || Number.isNaN(day)) return `expires: must be a day, such as ${today}`
  if (expires < today)
    return `the exception for ${name} has expired on ${expires}: look again, then renew or remove it`
  if (day - Date.parse(today) > LONGEST_DAYS * DAY_MS) return 'expires: must be within a year'
  if (advisory) return { package: name, finding: { advisory }, reason, expires }
  if (version && license) return { package: name, finding: { version, license }, reason, expires }
  return `names neither an advisory nor a version and its license: ${name}`
}
