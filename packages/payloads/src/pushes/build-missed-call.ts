import type { Alert } from '../alert.ts'
import type { RingEvent } from '../call-event.ts'
import { ringContent } from './ring-content.ts'

/**
 * Builds the alert for a call that nobody answered. Its `type` is not that of a call, because apps would ring
 * on it.
 *
 * @param event the call
 * @param receivedAt when its webhook arrived, epoch ms
 * @param localisationKey the app's key for the text, with the caller's name as the only argument. Default: an
 *   English text
 */
export function buildMissedCall(event: RingEvent, receivedAt: number, localisationKey?: string): Alert {
  const { callAction, title, body, ...content } = ringContent(event, receivedAt)
  const { callerName, conversationId, sessionId } = content
  return {
    title: callerName,
    body: `Missed call from ${callerName}`,
    ...(localisationKey && { localisedBody: { key: localisationKey, args: [callerName] } }),
    thread: conversationId,
    collapse: event.announcedBy ?? sessionId,
    data: { type: 'missed_call', ...content },
  }
}
