import type { Alert } from '../alert.ts'
import type { RingEvent } from '../call-event.ts'
import { ringContent } from './ring-content.ts'

/**
 * Builds the alert for a call that a phone has not shown. Its `type` is not that of a call, because apps would ring on it twice. The
 * notification of a missed call replaces it.
 *
 * @param event the call
 * @param receivedAt when its webhook arrived, epoch ms
 */
export function buildFallbackAlert(event: RingEvent, receivedAt: number): Alert {
  const { callAction, title, body, ...content } = ringContent(event, receivedAt)
  const { callerName, conversationId, sessionId } = content
  return {
    title: callerName,
    body: `Incoming call from ${callerName}`,
    thread: conversationId,
    collapse: event.announcedBy ?? sessionId,
    timeSensitive: true,
    data: { type: 'call_alert', ...content },
  }
}
