import type { RingEvent } from '../call-event.ts'
import { nameBasedUuid } from './name-based-uuid.ts'

/**
 * The id of a ring: one session's call to one recipient, which happens at most once. Meetings of a group
 * share one session id, so for a meeting the message that announced it is part of the id.
 */
export function ringId(
  appId: string,
  { sessionId, recipient, announcedBy }: Pick<RingEvent, 'sessionId' | 'recipient' | 'announcedBy'>,
): string {
  const announcement = announcedBy === undefined ? [] : [announcedBy]
  return nameBasedUuid(appId, sessionId, recipient, ...announcement)
}

/** The id of a missed call's notification: one for each ring, even if several events report that the call ended. */
export function missedCallId(ringId: string): string {
  return nameBasedUuid('missed call', ringId)
}

/** The id of the alert for a ring that was not shown: one for each ring, even if several of the recipient's phones are silent. */
export function fallbackAlertId(ringId: string): string {
  return nameBasedUuid('fallback alert', ringId)
}
