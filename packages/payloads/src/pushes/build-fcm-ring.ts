import type { RingEvent } from '../call-event.ts'
import { fitRing } from './fit-ring.ts'
import { ringContent } from './ring-content.ts'

/** Which `type` the Android app listens to: the recipes' `incoming_call`, or `call` as in CometChat's own samples. */
export type FcmCallType = 'incoming_call' | 'call'

/**
 * Builds the `data` of the message that rings an Android phone: strings only, at most 4,096 bytes.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 *
 * @param event the call
 * @param receivedAt when its webhook arrived, epoch ms
 */
export function buildFcmRing(
  event: RingEvent,
  receivedAt: number,
  type: FcmCallType,
): Record<string, string> {
  return fitRing(ringContent(event, receivedAt), content => ({
    type,
    ...content,
    hasVideo: String(content.callType === 'video'),
    timestamp: content.sentAt,
  }))
}
