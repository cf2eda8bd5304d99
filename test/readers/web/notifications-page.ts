import { asText } from '../casts.ts'
import { everyEnd, type Reader } from '../reader.ts'

/**
 * The service worker of the web push page, which CometChat's React sample has: shows `title`, and an end as "Call cancelled" in
 * the same notification (`tag`), but at `cancelled` only. It ignores `unanswered`, `busy` and `ongoing`, and shows any other action
 * as a notification with `title` and `body`, as if somebody called.
 *
 * @see cometchat/docs notifications/web-push-notifications.mdx@1ac9251
 */
export const webNotificationsPage: Reader = {
  name: 'Web, notifications page',
  platform: 'web',
  settings: { callType: 'call', stopAction: 'cancelled' },
  stopsAt: everyEnd,
  read(push, phone) {
    const [type, callAction, sessionId] = [push.type, push.callAction, push.sessionId].map(asText)
    if (type !== 'call') return { reported: 'nothing', why: 'a notification is shown' }
    if (callAction === 'unanswered' || callAction === 'busy' || callAction === 'ongoing')
      return { reported: 'nothing' }
    // The same tag replaces the notification of the call, if it is shown.
    if (callAction === 'cancelled') return { reported: sessionId === phone.ringing ? 'ended' : 'nothing' }
    return {
      reported: 'call',
      ...(sessionId !== undefined && { sessionId }),
      caller: asText(push.title) ?? 'undefined',
      callType: push.callType === 'audio' ? 'audio' : 'video',
    }
  },
}
