import { asText, Crash } from '../casts.ts'
import type { Push, Reader, Reading } from '../reader.ts'

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
 * The helper of the Swift UI Kit: completes without a call if any of nine strings is missing. It ends a call by a UUID that
 * it has only while it rings and force-unwraps.
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
    if (missing) return { reported: 'nothing', why: `${missing} is not a string` }
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
