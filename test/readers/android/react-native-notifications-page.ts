import { asText } from '../casts.ts'
import { everyEnd, type Reader } from '../reader.ts'

/**
 * The notifications page for React Native: knows every `callAction`. It ends (and rejects) the call that it shows without
 * comparing sessions, and shows a notification at `ongoing`. It never shows a call as video.
 *
 * @see cometchat/docs notifications/react-native-push-notifications-android.mdx@1ac9251
 */
export const androidReactNativeNotificationsPage: Reader = {
  name: 'Android, React Native, notifications page',
  platform: 'android',
  settings: { callType: 'call' },
  stopsAt: everyEnd,
  alwaysShows: { callType: 'audio' },
  read(push, phone) {
    if (push.type !== 'call') return { reported: 'nothing', why: 'a notification is shown' }
    const callAction = asText(push.callAction)
    if (callAction === 'initiated') {
      const sessionId = asText(push.sessionId)
      const caller = asText(push.senderName) || 'Incoming Call'
      return { reported: 'call', ...(sessionId && { sessionId }), caller, callType: 'audio' }
    }
    const ends = everyEnd.some(action => action === callAction)
    return { reported: ends && phone.ringing !== undefined ? 'ended' : 'nothing' }
  },
}
