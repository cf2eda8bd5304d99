import { asDictionary, Crash } from '../casts.ts'
import { legacyCall } from '../legacy-call.ts'
import type { Reader } from '../reader.ts'

/**
 * The Swift sample of 2023: passes the dictionary `message` to the SDK, and completes without a call if it is missing. It
 * force-unwraps the sender's name and the UUID of the call to end.
 *
 * @see cometchat/cometchat-push-notification-app-ios
 *   CometChatPushNotification/CometChatPushNotification/NotificationHelper/CometChatAPNsHelper.swift@2ace2a9
 */
export const iosLegacySample: Reader = {
  name: 'iOS, Swift sample of 2023',
  platform: 'ios',
  settings: { legacyPayload: 'rings' },
  stopsAt: [],
  read(push, phone) {
    const message = asDictionary(push.message)
    const call = message && legacyCall(message)
    if (!call || call.action === 'ongoing') return { reported: 'nothing' }
    if (call.action === 'initiated') {
      const caller = call.sender?.name
      if (caller === undefined) throw new Crash('the sender has no name')
      const callType = call.type === 'video' ? 'video' : 'audio'
      return { reported: 'call', ...(call.sessionId && { sessionId: call.sessionId }), caller, callType }
    }
    if (phone.ringing === undefined) throw new Crash('there is no UUID to end')
    return { reported: 'ended' }
  },
}
