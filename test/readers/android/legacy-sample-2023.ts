import { asDictionary, asText, Crash } from '../casts.ts'
import { legacyCall } from '../legacy-call.ts'
import type { Reader } from '../reader.ts'

/**
 * The Java sample of 2023: rings at any `message` that is an audio or video call, whatever its action. It shows the receiver
 * as the caller, casts the receiver to a user even if it is a group, and takes the first 11 characters of the session id.
 *
 * @see cometchat/cometchat-push-notification-app-android
 *   app/src/main/java/com/cometchat/pushnotificationsample/CometChatNotification.java@f155319
 */
export const androidLegacySample2023: Reader = {
  name: 'Android, Java sample of 2023',
  platform: 'android',
  settings: { legacyPayload: 'rings' },
  stopsAt: [],
  alwaysShows: { caller: 'the receiver' },
  cannotTake: { group: 'crashed', 'short session': 'crashed' },
  read(push) {
    const text = asText(push.message)
    if (text === undefined) return { reported: 'nothing' }
    const message = asDictionary(JSON.parse(text)) ?? {}
    const type = asText(message.type)
    if (type === undefined) throw new Crash('the message is null')
    if (type !== 'audio' && type !== 'video') return { reported: 'nothing' }
    const call = legacyCall(message)
    if (!call?.sessionId || call.sessionId.length < 11) throw new Crash('substring(0, 11) of the session id')
    if (call.initiator?.kind === 'user' && call.receiver?.kind !== 'user')
      throw new Crash('a group is not a user')
    const caller = call.receiver?.name
    return { reported: 'call', sessionId: call.sessionId, ...(caller && { caller }), callType: type }
  },
}
