import { asText } from '../casts.ts'
import type { Reader } from '../reader.ts'

/**
 * The delegate that goes with the recipe for a push server: rings at any VoIP push, and does not keep the session.
 *
 * @see cometchat/cometchat-skills skills/cometchat-ios-calls/references/server-apns-pushkit.md@e20fade
 */
export const iosSwiftServerRecipe: Reader = {
  name: 'iOS, Swift, recipe server-apns-pushkit',
  platform: 'ios',
  settings: {},
  stopsAt: [],
  read: push => ({
    reported: 'call',
    caller: asText(push.callerName) ?? 'Unknown',
    callerUid: asText(push.callerUid) ?? 'Unknown',
    callType: asText(push.callType) === 'video' ? 'video' : 'audio',
  }),
}
