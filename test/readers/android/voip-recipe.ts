import { asText } from '../casts.ts'
import type { Reader } from '../reader.ts'

/**
 * The recipe voip-calling: rings at any push of type `call` whose session and `senderUid` are not empty.
 *
 * @see cometchat/cometchat-skills skills/cometchat-android-v5-calls/references/voip-calling.md@a3903ce
 */
export const androidVoipRecipe: Reader = {
  name: 'Android, recipe voip-calling',
  platform: 'android',
  settings: { callType: 'call' },
  stopsAt: [],
  read(push) {
    const sessionId = asText(push.sessionId)
    const callerUid = asText(push.senderUid)
    if (push.type !== 'call' || !sessionId || !callerUid) return { reported: 'nothing' }
    const callType = (asText(push.callType) ?? 'audio') === 'audio' ? 'audio' : 'video'
    return { reported: 'call', sessionId, caller: asText(push.senderName) ?? '', callerUid, callType }
  },
}
