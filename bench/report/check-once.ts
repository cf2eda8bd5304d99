import type { Arrivals } from '../processes/sink.ts'
import type { BenchCall } from '../stage/calls.ts'

/**
 * Checks that each call was pushed exactly once to each of its phones, and that nothing else was pushed.
 *
 * @throws with the numbers, if not
 */
export function checkOnce(
  calls: readonly Pick<BenchCall, 'sessionId' | 'phones'>[],
  { sessions, phones }: Pick<Arrivals, 'sessions' | 'phones'>,
): void {
  const expected = new Set(calls.flatMap(call => call.phones.map(phone => `${call.sessionId} ${phone}`)))
  const seen = new Set<string>()
  let doubled = 0
  let unknown = 0
  for (const [index, session] of sessions.entries()) {
    const push = `${session} ${phones[index]}`
    if (!expected.has(push)) unknown += 1
    else if (seen.has(push)) doubled += 1
    seen.add(push)
  }
  const missing = Array.from(expected).filter(push => !seen.has(push)).length
  if (missing + doubled + unknown === 0) return
  throw new Error(
    `not every call was pushed exactly once: of ${expected.size} pushes ${missing} are missing, ${doubled} came twice, and ${unknown} were not expected`,
  )
}
