import type { RingEvent } from '../call-event.ts'
import { nameBasedUuid } from './name-based-uuid.ts'

/**
 * A ring is one session's call to one recipient: the thing that may happen once. Where a session is used for one meeting
 * after the other, it is one announcement's.
 */
export function ringId(
  appId: string,
  { sessionId, recipient, announcedBy }: Pick<RingEvent, 'sessionId' | 'recipient' | 'announcedBy'>,
): string {
  const announcement = announcedBy === undefined ? [] : [announcedBy]
  return nameBasedUuid(appId, sessionId, recipient, ...announcement)
}
