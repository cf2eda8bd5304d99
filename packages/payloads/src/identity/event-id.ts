import type { CallEvent } from '../call-event.ts'
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
      return nameBasedUuid(appId, 'ring', event.sessionId, event.recipient)
    case 'answer':
      return nameBasedUuid(appId, 'answer', event.sessionId, event.uid)
    case 'end':
      return event.sessionId
        ? nameBasedUuid(appId, 'end', event.action, event.sessionId, event.recipient)
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
