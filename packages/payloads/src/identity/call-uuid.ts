import { nameBasedUuid } from './name-based-uuid.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const HEX_32 = /^[0-9a-f]{32}/i

/**
 * The UUID by which CallKit and ConnectionService know the call, and by which a phone that hears of a call twice shows
 * it once.
 *
 * CometChat's Flutter sample derives it from the session id itself: what follows the last dot, its first 32 characters,
 * dashed and upper-cased. The same is sent wherever that is a UUID; other session ids get a name-based one, so that all
 * attempts and all of a user's phones agree. So do meetings, whose session id is their group's for ever: a phone has had
 * a call by that UUID already.
 */
export function callUuid(sessionId: string, announcedBy?: string): string {
  if (announcedBy !== undefined) return nameBasedUuid('call', sessionId, announcedBy)
  const tail = sessionId.slice(sessionId.lastIndexOf('.') + 1)
  if (UUID.test(tail)) return tail
  const hex = HEX_32.exec(tail)?.[0].toUpperCase()
  if (!hex) return nameBasedUuid('call', sessionId)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
