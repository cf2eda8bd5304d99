import type { RingEvent } from '../call-event.ts'
import { fitRing } from './fit-ring.ts'
import { type RingContent, ringContent } from './ring-content.ts'

/** The body of a VoIP push. `aps` carries no alert: iOS logs an error for one in a VoIP push. */
export type ApnsRing = RingContent & {
  aps: { 'content-available': 1 }
  type: 'call'
  hasVideo: boolean
  /** Epoch ms. */
  timestamp: number
  /** The same again, nested, for the readers that look there. */
  data: Pick<RingContent, 'sessionId' | 'callerName' | 'callerUid' | 'callType' | 'callUUID'>
}

/**
 * Builds the body of the VoIP push that rings an iPhone: at most 4,096 bytes of JSON.
 *
 * @param event the call
 * @param receivedAt when its webhook arrived, epoch ms
 */
export function buildApnsRing(event: RingEvent, receivedAt: number): ApnsRing {
  return fitRing(ringContent(event, receivedAt), content => ({
    aps: { 'content-available': 1 },
    type: 'call',
    ...content,
    hasVideo: content.callType === 'video',
    timestamp: Number(content.sentAt),
    data: {
      sessionId: content.sessionId,
      callerName: content.callerName,
      callerUid: content.callerUid,
      callType: content.callType,
      callUUID: content.callUUID,
    },
  }))
}
