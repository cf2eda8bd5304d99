import { asText } from '../casts.ts'
import type { Reader } from '../reader.ts'

/**
 * The iOS half of the Calls SDK's page for Flutter: rings at any VoIP push.
 *
 * @see cometchat/docs calls/flutter/voip-calling.mdx@5e79ebb
 */
export const iosFlutterCallsPage: Reader = {
  name: 'iOS, Flutter, Calls page',
  platform: 'ios',
  settings: {},
  stopsAt: [],
  read: push => ({
    reported: 'call',
    sessionId: asText(push.sessionId) ?? '',
    caller: asText(push.senderName) ?? 'Unknown',
    callType: (asText(push.callType) ?? 'video') === 'video' ? 'video' : 'audio',
  }),
}
