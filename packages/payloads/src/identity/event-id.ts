import type { CallEvent, EndEvent } from '../call-event.ts'
import { nameBasedUuid } from './name-based-uuid.ts'

/**
 * The idempotency key of a webhook: equal for a webhook that CometChat sends again, different for all others.
 *
 * CometChat documents the key `webhook` + `trigger` + message id + `sentAt`. With that key, two feeds of one
 * call (two webhook configurations, or a webhook and the custom provider) would be two events, and each would
 * ring the phone. So a ring's key is made of what it rings: the session and the recipient. The session alone
 * would not do, because then the cancellation and the end would count as duplicates of the ring.
 */
export function eventId(appId: string, event: CallEvent): string {
  switch (event.kind) {
    case 'ring':
      return nameBasedUuid(appId, 'ring', event.sessionId, event.recipient, event.announcedBy)
    case 'group':
      return nameBasedUuid(appId, 'group', event.sessionId, event.receiver.uid, event.announcedBy)
    case 'answer':
      // The time is part of the key, because people leave and join again, and meetings reuse their session.
      return nameBasedUuid(appId, 'answer', event.sessionId, event.uid, event.deviceId, event.sentAt)
    case 'chat': {
      // CometChat documents no key for these. A retry is identical in every character, and two messages never are.
      const { recipient, notification, notificationId = JSON.stringify(notification), sentAt } = event
      return nameBasedUuid(appId, 'chat', recipient, notificationId, sentAt)
    }
    case 'end':
      return event.sessionId
        ? nameBasedUuid(
            ...[appId, 'end', event.action, event.sessionId, event.recipient, timeOfEnd(event)],
            // Otherwise a stranger who ends a session could make its real end, in the same second, a duplicate.
            ...(event.occupants ?? []),
          )
        : nameBasedUuid(
            appId,
            'end',
            event.action,
            event.conversationId,
            event.recipient,
            event.tag,
            event.sentAt,
          )
  }
}

/** A session that has ended can be used again, and the ends of its calls differ only in their times. */
const timeOfEnd = ({ action, sentAt }: EndEvent) => (action === 'ended' ? sentAt : undefined)
