import { asText } from '../casts.ts'
import type { Reader } from '../reader.ts'

/**
 * The Calls SDK's page for Swift: rings at any VoIP push that has its three keys, and completes without a call otherwise.
 *
 * @see cometchat/docs calls/ios/voip-calling.mdx@0885ac8
 */
export const iosSwiftCallsPage: Reader = {
  name: 'iOS, Swift, Calls page',
  platform: 'ios',
  settings: {},
  stopsAt: [],
  read(push) {
    const sessionId = asText(push.sessionId)
    const caller = asText(push.senderName)
    const callerUid = asText(push.senderUid)
    if (!sessionId || caller === undefined || callerUid === undefined) return { reported: 'nothing' }
    const callType = (asText(push.callType) ?? 'video') === 'video' ? 'video' : 'audio'
    return { reported: 'call', sessionId, caller, callerUid, callType }
  },
}
