import { asText } from '../casts.ts'
import type { Reader } from '../reader.ts'

/**
 * The Android service that goes with the recipe for a push server, for v5 and v6: rings at type `incoming_call` with a session.
 *
 * @see cometchat/cometchat-skills skills/cometchat-android-v5-calls/references/server-fcm-voip.md@e20fade
 */
export const androidServerRecipe: Reader = {
  name: 'Android, recipe server-fcm-voip',
  platform: 'android',
  settings: { callType: 'incoming_call' },
  stopsAt: [],
  read(push) {
    const sessionId = asText(push.sessionId)
    if (push.type !== 'incoming_call' || sessionId === undefined) return { reported: 'nothing' }
    const callType = asText(push.callType) === 'video' ? 'video' : 'audio'
    return { reported: 'call', sessionId, caller: asText(push.callerName) ?? 'Unknown', callType }
  },
}
