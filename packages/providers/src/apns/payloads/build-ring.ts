import {
  buildLegacyMessage,
  fitRing,
  type LegacyMessage,
  type LegacyPayload,
  type RingContent,
  type RingEvent,
  ringContent,
} from '@ringer/payloads'

/** The body of a VoIP push. `aps` carries no alert: iOS logs an error for one in a VoIP push. */
export type ApnsRing = RingContent & {
  aps: { 'content-available': 1 }
  type: 'call'
  hasVideo: boolean
  /** Epoch ms. */
  timestamp: number
  /** The same values, nested, for apps that read them there. */
  data: Pick<RingContent, 'sessionId' | 'callerName' | 'callerUid' | 'callType' | 'callUUID'>
  /** CometChat's raw call message, as an object, for its older samples. */
  message?: LegacyMessage
}

/**
 * Builds the body of the VoIP push that rings an iPhone: at most 4,096 bytes of JSON.
 *
 * @param event the call
 * @param receivedAt when its webhook arrived, epoch ms
 * @param options.legacyPayload whether to include `message`. Default: `none`
 * @param options.stateUrl where the phone asks for the state of the ring. Default: nowhere
 */
export function buildApnsRing(
  event: RingEvent,
  receivedAt: number,
  { legacyPayload = 'none', stateUrl }: { legacyPayload?: LegacyPayload; stateUrl?: string | undefined } = {},
): ApnsRing {
  const content = ringContent(event, receivedAt, stateUrl)
  const withMessage = (content: RingContent): ApnsRing => ({
    ...build(content),
    message: buildLegacyMessage(content, 'initiated'),
  })
  return fitRing(content, legacyPayload === 'none' ? [build] : [withMessage, build])
}

function build(content: RingContent): ApnsRing {
  const { sessionId, callerName, callerUid, callType, callUUID } = content
  return {
    aps: { 'content-available': 1 },
    type: 'call',
    ...content,
    hasVideo: callType === 'video',
    timestamp: Number(content.sentAt),
    data: { sessionId, callerName, callerUid, callType, callUUID },
  }
}
