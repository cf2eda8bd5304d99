import { asDictionary, asText } from '../casts.ts'
import type { Reader } from '../reader.ts'

/**
 * The recipe callkit-and-pushkit: reads everything from a nested `data`, and rings at any VoIP push.
 *
 * @see cometchat/cometchat-skills skills/cometchat-ios-calls/references/callkit-and-pushkit.md@a3903ce
 */
export const iosSwiftCallkitRecipe: Reader = {
  name: 'iOS, Swift, recipe callkit-and-pushkit',
  platform: 'ios',
  settings: {},
  stopsAt: [],
  read(push) {
    const data = asDictionary(push.data) ?? {}
    return {
      reported: 'call',
      sessionId: asText(data.sessionId) ?? 'a random one',
      caller: asText(data.callerName) ?? 'Unknown',
      callerUid: asText(data.callerUid) ?? '',
      callType: asText(data.callType) === 'video' ? 'video' : 'audio',
    }
  },
}
