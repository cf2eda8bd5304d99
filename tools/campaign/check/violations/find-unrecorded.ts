import type { History } from '../../history.ts'
import type { Ring } from '../rings.ts'
import type { Violation } from './violation.ts'

/** Finds calls that were answered 200 and have no record, and records that contradict what a provider received. */
export function findUnrecorded(
  ring: Ring,
  { phones, groupNotes }: History,
  idOf: (token: string) => string,
): Violation[] {
  const { sessionId, recipient, record, storedAt } = ring
  const unrecorded = (what: string, token?: string): Violation => ({
    ...{ kind: 'unrecorded', what, sessionId, recipient, token },
  })
  if (!record && groupNotes.has(sessionId)) return []
  if (!record) return storedAt === undefined ? [] : [unrecorded('it was answered 200 and has no record')]
  if (record.state === 'refused' && ring.pushes.length > 0) {
    return [unrecorded('it is recorded as refused, and phones were rung', ring.pushes[0]?.token)]
  }
  return record.devices.flatMap(({ deviceId, outcome }) => {
    const phone = phones.find(({ token }) => idOf(token) === deviceId)
    const name = phone?.name ?? deviceId
    const accepted = ring.pushes.some(push => push.token === phone?.token && push.accepted)
    if (outcome === 'accepted' && !accepted) {
      return [unrecorded(`${name} is recorded as rung, and was not`, phone?.token)]
    }
    if (outcome === 'queued' || outcome === 'sending' || outcome === 'retryable') {
      return [unrecorded(`${name} is still recorded as ${outcome}, long after the deadline`, phone?.token)]
    }
    return []
  })
}
