import { asText } from '../casts.ts'
import { everyEnd, type Reader } from '../reader.ts'

/**
 * The Kotlin UI Kit's sample: parses the data with Gson (`sentAt` as a Long) inside a catch-all, and knows only `initiated` and
 * `cancelled`. It ends a ring through the telecom framework, which makes it reject the call.
 *
 * @see cometchat/cometchat-uikit-android
 *   sample-app-kotlin+push-notification/src/main/java/com/cometchat/sampleapp/kotlin/fcm/fcm/FCMService.kt@b6ae167,
 *   FCMCallDto.kt@b7b7c0d, ../voip/CometChatVoIPConnection.kt@b6ae167
 */
export const androidKotlinUiKit: Reader = {
  name: 'Android, Kotlin UI Kit sample',
  platform: 'android',
  settings: { callType: 'call', stopAction: 'cancelled' },
  stopsAt: everyEnd,
  read(push, phone) {
    if (asText(push.type)?.toLowerCase() !== 'call') return { reported: 'nothing' }
    const sentAt = asText(push.sentAt)
    if (sentAt !== undefined && !/^-?\d{1,18}$/.test(sentAt))
      return { reported: 'nothing', why: 'sentAt is not a Long' }
    const sessionId = asText(push.sessionId)
    if (push.callAction === 'cancelled' && sessionId === phone.ringing) return { reported: 'ended' }
    if (push.callAction !== 'initiated') return { reported: 'nothing' }
    if (sessionId === undefined) return { reported: 'nothing', why: 'sessionId is null' }
    return {
      reported: 'call',
      sessionId,
      caller: asText(push.senderName) ?? 'null',
      callType: push.callType === 'audio' ? 'audio' : 'video',
    }
  },
}
