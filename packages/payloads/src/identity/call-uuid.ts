import { nameBasedUuid } from './name-based-uuid.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const HEX_32 = /^[0-9a-f]{32}/i

/**
 * The UUID of a call for CallKit and ConnectionService. A phone that gets two pushes with the same UUID shows
 * one call.
 *
 * CometChat's Flutter sample derives it from the session id: the first 32 characters after the last dot, with
 * dashes, in upper case. If that is a UUID, it is used here too. Other session ids get a name-based UUID, so
 * that all attempts and all of a user's phones agree. Meetings get a name-based one as well: they reuse their
 * group's session id, and the phone has already seen a call with the UUID that the session id gives.
 *
 * @param announcedBy the id of the message that announced a meeting
 */
export function callUuid(sessionId: string, announcedBy?: string): string {
  if (announcedBy !== undefined) return nameBasedUuid('call', sessionId, announcedBy)
  const tail = sessionId.slice(sessionId.lastIndexOf('.') + 1)
  if (UUID.test(tail)) return tail
  const hex = HEX_32.exec(tail)?.[0].toUpperCase()
  if (!hex) return nameBasedUuid('call', sessionId)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
