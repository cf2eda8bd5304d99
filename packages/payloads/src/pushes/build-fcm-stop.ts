import type { EndAction, RingEvent } from '../call-event.ts'
import type { FcmCallType } from './build-fcm-ring.ts'
import { fitRing } from './fit-ring.ts'
import { ringContent } from './ring-content.ts'

/**
 * Builds the `data` of the message that stops an Android phone's ring. There is no such push for an iPhone: iOS wants
 * every VoIP push reported as a call, and most apps ring on it.
 *
 * Readers of `incoming_call` do not look at `callAction` and would ring again, so for them the type changes as well.
 */
export function buildFcmStop(
  event: RingEvent,
  receivedAt: number,
  type: FcmCallType,
  action: EndAction | 'ongoing',
): Record<string, string> {
  return fitRing(ringContent(event, receivedAt), content => ({
    type: type === 'incoming_call' ? 'call_ended' : type,
    ...content,
    callAction: action,
    hasVideo: String(content.callType === 'video'),
    timestamp: content.sentAt,
  }))
}
