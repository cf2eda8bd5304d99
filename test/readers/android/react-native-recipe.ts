import { asText } from '../casts.ts'
import type { Reader } from '../reader.ts'

/**
 * The recipe voip-push-end-to-end: rings at type `incoming_call`, always as video. It uses the session id as the call id,
 * which may be any text on Android.
 *
 * @see cometchat/cometchat-skills skills/cometchat-native-calls/references/voip-push-end-to-end.md@a3903ce
 */
export const androidReactNativeRecipe: Reader = {
  name: 'Android, React Native, recipe voip-push-end-to-end',
  platform: 'android',
  settings: { callType: 'incoming_call' },
  stopsAt: [],
  alwaysShows: { callType: 'video' },
  read(push) {
    if (push.type !== 'incoming_call') return { reported: 'nothing' }
    const [sessionId, callerUid, caller] = [push.sessionId, push.callerUid, push.callerName].map(asText)
    if (sessionId === undefined || callerUid === undefined || caller === undefined) {
      return { reported: 'nothing', why: 'the bridge does not accept undefined' }
    }
    return { reported: 'call', sessionId, caller, callerUid, callType: 'video' }
  },
}
