import { asText } from '../casts.ts'
import type { Reader } from '../reader.ts'

/**
 * The Calls SDK's page for Android. The Android half of its page for Flutter is identical. Rings at any push of type `call`
 * that has a session and a `senderUid`, whatever its `callAction`.
 *
 * @see cometchat/docs calls/android/voip-calling.mdx@1c20ecf, calls/flutter/voip-calling.mdx@5e79ebb
 */
export const androidNativeCallsPage: Reader = {
  name: 'Android, Calls page (native and Flutter)',
  platform: 'android',
  settings: { callType: 'call' },
  stopsAt: [],
  read(push) {
    const sessionId = asText(push.sessionId)
    const callerUid = asText(push.senderUid)
    if (push.type !== 'call' || sessionId === undefined || callerUid === undefined)
      return { reported: 'nothing' }
    const callType = (asText(push.callType) ?? 'video') === 'video' ? 'video' : 'audio'
    return { reported: 'call', sessionId, caller: asText(push.senderName) ?? 'Unknown', callerUid, callType }
  },
}
