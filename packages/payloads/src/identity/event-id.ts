import type { CallEvent, EndEvent } from '../call-event.ts'
import { nameBasedUuid } from './name-based-uuid.ts'

/**
 * The idempotency key of a webhook: equal for what CometChat sends again, different for all else.
 *
 * CometChat documents `webhook` + `trigger` + message id + `sentAt`. That key tells two feeds of one call apart (two
 * webhook configurations, or a webhook beside the custom provider), and the phone would be rung by each. So a ring is
 * known by what it rings: the session and the recipient. The session alone would swallow the cancel and the end.
 */
export function eventId(appId: string, event: CallEvent): string {
  switch (event.kind) {
    case 'ring':
      return nameBasedUuid(appId, 'ring', event.sessionId, event.recipient, event.announcedBy)
    case 'group':
      return nameBasedUuid(appId, 'group', event.sessionId, event.receiver.uid, event.announcedBy)
    case 'answer':
      // People leave and join again, and a meeting's session is used for the next one.
      return nameBasedUuid(appId, 'answer', event.sessionId, event.uid, event.deviceId, event.sentAt)
    case 'chat':
      // CometChat documents no key; what it sends again is the same to the letter, and two messages never are.
      return nameBasedUuid(appId, 'chat', event.recipient, JSON.stringify(event.notification), event.sentAt)
    case 'end':
      return event.sessionId
        ? nameBasedUuid(appId, 'end', event.action, event.sessionId, event.recipient, reuse(event))
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

/** Only a session that came to its end can be used again; its ends differ by their time alone. */
const reuse = ({ action, sentAt }: EndEvent) => (action === 'ended' ? sentAt : undefined)
