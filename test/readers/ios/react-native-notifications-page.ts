import { asText, forceUuid } from '../casts.ts'
import type { Reader } from '../reader.ts'

/**
 * The notifications page for React Native: the AppDelegate reports every VoIP push by its `uuid`, never as video. JavaScript
 * then reads the session and the name from the same push.
 *
 * @see cometchat/docs notifications/react-native-push-notifications-ios.mdx@14d3f1d
 */
export const iosReactNativeNotificationsPage: Reader = {
  name: 'iOS, React Native, notifications page',
  platform: 'ios',
  settings: {},
  stopsAt: [],
  alwaysShows: { callType: 'audio' },
  read(push) {
    const given = asText(push.uuid)
    // CallKeep passes the text to CallKit unchanged: react-native-voip-push-notification issue 66.
    const uuid = given === undefined ? 'a random one' : forceUuid(given, 'uuid')
    const sessionId = asText(push.sessionId)
    return {
      reported: 'call',
      ...(sessionId && { sessionId }),
      uuid,
      caller: asText(push.callerName) ?? 'Incoming Call',
      callerUid: asText(push.handle) ?? 'Unknown',
      callType: 'audio',
    }
  },
}
