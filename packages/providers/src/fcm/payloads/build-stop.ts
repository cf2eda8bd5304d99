import {
  fitRing,
  type LegacyPayload,
  type RingContent,
  type RingEvent,
  ringContent,
  type StopAction,
} from '@ringer/payloads'
import type { FcmCallType } from './build-ring.ts'
import { legacyKeys } from './legacy-keys.ts'

/** The `callAction` of a stop: what happened, or always `cancelled`, for apps that stop ringing at no other value. */
export type FcmStopAction = 'exact' | 'cancelled'

/**
 * Builds the `data` of the message that stops an Android phone's ring. There is no such push for an iPhone: iOS requires
 * every VoIP push to be reported as a call, and most apps ring on it.
 *
 * Apps that expect the type `incoming_call` do not read `callAction` and would ring again, so they get another type as
 * well. Some apps that expect the type `call` do not read it either: those built on CometChat's Calls pages for Android and
 * Flutter and on its recipe voip-calling. All of these require `senderUid` and ignore a push without it, so a stop of that
 * type has none. Apps that read `callAction` take the caller's uid from `sender`, if they need it at all.
 * https://www.cometchat.com/docs/calls/android/voip-calling
 */
export function buildFcmStop(
  event: RingEvent,
  receivedAt: number,
  type: FcmCallType,
  action: StopAction,
  options: {
    stopAction?: FcmStopAction | undefined
    legacyPayload?: LegacyPayload | undefined
    stateUrl?: string | undefined
  } = {},
): Record<string, string> {
  const content = ringContent(event, receivedAt, options.stateUrl)
  const callAction = callActionOf(action, options.stopAction)
  const build = (content: RingContent): Record<string, string> => {
    const { senderUid, ...rest } = content
    return {
      ...(type === 'call' ? { type, ...rest } : { type: 'call_ended', ...content }),
      callAction,
      hasVideo: String(content.callType === 'video'),
      timestamp: content.sentAt,
    }
  }
  const withMessage = (content: RingContent) => ({ ...build(content), ...legacyKeys(content, callAction) })
  // The older sample that needs `message` to stop does so by rejecting the call, which was just answered elsewhere.
  const withLegacy = options.legacyPayload === 'all' && action !== 'ongoing'
  return fitRing(content, withLegacy ? [withMessage, build] : [build])
}

/**
 * Returns the `callAction` to send. CometChat's Kotlin sample ends its ring at `cancelled` only, through Android's `endCall`,
 * and then rejects the call. A call that was answered on another phone must not be rejected, so `ongoing` is never replaced.
 */
function callActionOf(action: StopAction, stopAction: FcmStopAction = 'exact'): StopAction {
  return stopAction === 'cancelled' && action !== 'ongoing' ? 'cancelled' : action
}
