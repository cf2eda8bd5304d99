import { asFlag, asText } from '../casts.ts'
import type { Reader } from '../reader.ts'

/**
 * The Calls SDK's page for React Native: rings at any VoIP push. `hasVideo` must be a boolean; text counts as false.
 *
 * @see cometchat/docs calls/react-native/voip-calling.mdx@51f522e
 */
export const iosReactNativeCallsPage: Reader = {
  name: 'iOS, React Native, Calls page',
  platform: 'ios',
  settings: {},
  stopsAt: [],
  read: push => ({
    reported: 'call',
    sessionId: asText(push.sessionId) ?? '',
    caller: asText(push.callerName) ?? 'Unknown',
    callerUid: asText(push.callerId) ?? 'Unknown',
    callType: (asFlag(push.hasVideo) ?? false) ? 'video' : 'audio',
  }),
}
