import { asDictionary, asText, Crash, forceUuid } from '../casts.ts'
import type { Reader } from '../reader.ts'

/**
 * The iOS half of the recipe voip-push-end-to-end: JavaScript reads the nested `data` and passes the session id to CallKit
 * as a UUID, although CometChat's session ids are not UUIDs.
 *
 * @see cometchat/cometchat-skills skills/cometchat-native-calls/references/voip-push-end-to-end.md@a3903ce
 */
export const iosReactNativeRecipe: Reader = {
  name: 'iOS, React Native, recipe voip-push-end-to-end',
  platform: 'ios',
  settings: {},
  stopsAt: [],
  alwaysShows: { callType: 'video' },
  cannotTake: { 'session is not a UUID': 'crashed' },
  read(push) {
    const data = asDictionary(push.data)
    if (!data) throw new Crash('data is undefined')
    const sessionId = forceUuid(asText(data.sessionId) ?? '', 'the session id')
    return {
      reported: 'call',
      sessionId,
      uuid: sessionId,
      caller: asText(data.callerName) ?? '',
      callerUid: asText(data.callerUid) ?? '',
      callType: 'video',
    }
  },
}
