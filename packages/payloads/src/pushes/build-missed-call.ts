import type { Alert } from '../alert.ts'
import type { RingEvent } from '../call-event.ts'
import { ringContent } from './ring-content.ts'

/**
 * Builds the notification of a call that nobody took. Its `type` is no call's, or apps would ring on it.
 *
 * @param event the call
 * @param receivedAt when its webhook arrived, epoch ms
 * @param localisationKey the app's own key for the text, with the caller's name as its only argument; without one, English
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
