import { asDictionary, asText } from '../casts.ts'
import { legacyCall } from '../legacy-call.ts'
import { everyEnd, type Reader } from '../reader.ts'

/**
 * The Java sample of 2021: passes `message` to the SDK, decides by words in `alert`, and takes the first 11 characters of
 * the session id. It catches every exception, and then nothing rings.
 *
 * @see cometchat/cometchat-push-notification-app-android ConnectionService + Firebase/app/src/main/java/com/cometchat/pro/
 *   android/pushnotification/utils/MyFirebaseMessagingService.java@34326b6 and its uikit's CallManager.java@34326b6
 */
export const androidLegacySample2021: Reader = {
  name: 'Android, Java sample of 2021',
  platform: 'android',
  settings: { legacyPayload: 'all' },
  stopsAt: everyEnd,
  alwaysShows: { caller: 'the group' },
  cannotTake: { 'short session': 'nothing' },
  read(push, phone) {
    const [text, title, alert] = [push.message, push.title, push.alert].map(asText)
    if (text === undefined || title === undefined || alert === undefined) return { reported: 'nothing' }
    const message = asDictionary(JSON.parse(text))
    const call = message && legacyCall(message)
    if (!call) return { reported: 'nothing', why: 'a notification is shown' }
    if (alert.includes('Incoming')) {
      if (!call.sessionId || call.sessionId.length < 11)
        return { reported: 'nothing', why: 'substring(0, 11)' }
      const caller = call.receiverType === 'group' ? call.receiver?.name : call.initiator?.name
      const callType = call.type === 'video' ? 'video' : 'audio'
      return { reported: 'call', sessionId: call.sessionId, ...(caller && { caller }), callType }
    }
    return { reported: alert.includes('Missed') && phone.ringing !== undefined ? 'ended' : 'nothing' }
  },
}
