import type { RingEvent } from '../call-event.ts'
import type { LegacyPayload } from './build-legacy-message.ts'
import { fcmLegacyKeys } from './fcm-legacy-keys.ts'
import { fitRing } from './fit-ring.ts'
import { type RingContent, ringContent } from './ring-content.ts'

/** Which `type` the Android app listens to: the recipes' `incoming_call`, or `call` as in CometChat's own samples. */
export type FcmCallType = 'incoming_call' | 'call'

/**
 * Builds the `data` of the message that rings an Android phone: strings only, at most 4,096 bytes.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 *
 * @param event the call
 * @param receivedAt when its webhook arrived, epoch ms
 * @param legacyPayload whether it brings `message` and `alert`
 */
export function buildFcmRing(
  event: RingEvent,
  receivedAt: number,
  type: FcmCallType,
  legacyPayload: LegacyPayload = 'none',
): Record<string, string> {
  const content = ringContent(event, receivedAt)
  const build = (content: RingContent): Record<string, string> => ({
    type,
    ...content,
    hasVideo: String(content.callType === 'video'),
    timestamp: content.sentAt,
  })
  const withMessage = (content: RingContent) => ({
    ...build(content),
    ...fcmLegacyKeys(content, 'initiated'),
  })
  return legacyPayload === 'none' ? fitRing(content, build) : fitRing(content, withMessage, build)
}
