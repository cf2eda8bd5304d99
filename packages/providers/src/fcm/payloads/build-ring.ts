import { fitRing, type LegacyPayload, type RingContent, type RingEvent, ringContent } from '@ringer/payloads'
import { legacyKeys } from './legacy-keys.ts'

/** The `type` that the Android app expects: `incoming_call` as in the recipes, or `call` as in CometChat's own samples. */
export type FcmCallType = 'incoming_call' | 'call'

/**
 * Builds the `data` of the message that rings an Android phone: strings only, at most 4,096 bytes.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 *
 * @param event the call
 * @param receivedAt when its webhook arrived, epoch ms
 * @param options.legacyPayload whether to include `message` and `alert`. Default: `none`
 * @param options.stateUrl where the phone asks for the state of the ring. Default: nowhere
 */
export function buildFcmRing(
  event: RingEvent,
  receivedAt: number,
  type: FcmCallType,
  { legacyPayload = 'none', stateUrl }: { legacyPayload?: LegacyPayload; stateUrl?: string | undefined } = {},
): Record<string, string> {
  const content = ringContent(event, receivedAt, stateUrl)
  const build = (content: RingContent): Record<string, string> => ({
    type,
    ...content,
    hasVideo: String(content.callType === 'video'),
    timestamp: content.sentAt,
  })
  const withMessage = (content: RingContent) => ({
    ...build(content),
    ...legacyKeys(content, 'initiated'),
  })
  return fitRing(content, legacyPayload === 'none' ? [build] : [withMessage, build])
}
