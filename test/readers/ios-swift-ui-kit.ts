import { asText, Crash } from './casts.ts'
import type { Push, Reader, Reading } from './reader.ts'

const REQUIRED = [
  'sender',
  'senderName',
  'body',
  'callAction',
  'receiver',
  'type',
  'callType',
  'sessionId',
  'conversationId',
]

/**
 * The Swift UI Kit's helper: any of nine strings missing, and it completes without a call. It ends a call by a UUID that it
 * only has while it rings, unwrapped by force.
 *
 * @see cometchat/docs notifications/ios-apns-push-notifications.mdx@1ac9251
 */
export const iosSwiftUiKit: Reader = {
  name: 'iOS, Swift UI Kit',
  platform: 'ios',
  settings: {},
  stopsAt: [],
  read(push, phone): Reading {
    const missing = REQUIRED.find(key => asText(push[key]) === undefined)
    if (missing) return { reported: 'nothing', why: `${missing} is no string` }
    if (push.type !== 'call' || push.callAction === 'ongoing') return { reported: 'nothing' }
    if (push.callAction === 'initiated') return ring(push)
    if (phone.ringing === undefined && push.callAction !== 'busy') throw new Crash('there is no UUID to end')
    return { reported: 'ended', sessionId: String(push.sessionId) }
  },
}

const ring = (push: Push): Reading => ({
  reported: 'call',
  sessionId: String(push.sessionId),
  caller: String(push.senderName),
  callerUid: String(push.sender),
  callType: push.callType === 'video' ? 'video' : 'audio',
})
