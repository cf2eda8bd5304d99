import type { RingEvent } from '../call-event.ts'
import type { StopAction } from '../jobs.ts'
import type { FcmCallType } from './build-fcm-ring.ts'
import type { LegacyPayload } from './build-legacy-message.ts'
import { fcmLegacyKeys } from './fcm-legacy-keys.ts'
import { fitRing } from './fit-ring.ts'
import { type RingContent, ringContent } from './ring-content.ts'

/** What a stop's `callAction` says: what happened; or `cancelled`, for apps that stop at no other word. */
export type FcmStopAction = 'exact' | 'cancelled'

/**
 * Builds the `data` of the message that stops an Android phone's ring. There is no such push for an iPhone: iOS wants
 * every VoIP push reported as a call, and most apps ring on it.
 *
 * Readers of `incoming_call` do not look at `callAction` and would ring again, so for them the type changes as well. Of
 * the readers of `call` some do not look at it either: CometChat's Calls pages for Android and Flutter and its recipe
 * voip-calling. All of those require `senderUid` and pass over a push without it, so a stop of that type has none; those
 * that know `callAction` read the caller's uid from `sender`, if at all.
 * https://www.cometchat.com/docs/calls/android/voip-calling
 */
export function buildFcmStop(
  event: RingEvent,
  receivedAt: number,
  type: FcmCallType,
  action: StopAction,
  options: { stopAction?: FcmStopAction | undefined; legacyPayload?: LegacyPayload | undefined } = {},
): Record<string, string> {
  const content = ringContent(event, receivedAt)
  const callAction = toldAction(action, options.stopAction)
  const build = (content: RingContent): Record<string, string> => {
    const { senderUid, ...rest } = content
    return {
      ...(type === 'call' ? { type, ...rest } : { type: 'call_ended', ...content }),
      callAction,
      hasVideo: String(content.callType === 'video'),
      timestamp: content.sentAt,
    }
  }
  const withMessage = (content: RingContent) => ({ ...build(content), ...fcmLegacyKeys(content, callAction) })
  // The older sample that stops by it does so by rejecting the call, which was just answered elsewhere.
  const withLegacy = options.legacyPayload === 'all' && action !== 'ongoing'
  return withLegacy ? fitRing(content, withMessage, build) : fitRing(content, build)
}

/**
 * CometChat's Kotlin sample ends its ring at `cancelled` only, by Android's `endCall`, upon which it rejects the call. A
 * call that somebody took on another phone must not be rejected, so `ongoing` stays what it is.
 */
function toldAction(action: StopAction, stopAction: FcmStopAction = 'exact'): StopAction {
  return stopAction === 'cancelled' && action !== 'ongoing' ? 'cancelled' : action
}
