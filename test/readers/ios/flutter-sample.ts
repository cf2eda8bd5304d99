import { forceText } from '../casts.ts'
import type { Reader } from '../reader.ts'
import { sessionUuid } from '../session-uuid.ts'

/**
 * The AppDelegate of the Flutter sample: force-casts five keys, so a missing one crashes the app. So does a session id that
 * contains no UUID.
 *
 * @see cometchat/cometchat-push-notification-app-flutter ios/Runner/AppDelegate.swift@506e860
 */
export const iosFlutterSample: Reader = {
  name: 'iOS, Flutter sample',
  platform: 'ios',
  settings: {},
  stopsAt: [],
  cannotTake: { 'session does not end in a UUID': 'crashed' },
  read(push) {
    if (forceText(push.type, 'type') !== 'call') return { reported: 'nothing' }
    const callAction = forceText(push.callAction, 'callAction')
    const caller = forceText(push.senderName, 'senderName')
    const sessionId = forceText(push.sessionId, 'sessionId')
    const callType = forceText(push.callType, 'callType') === 'audio' ? 'audio' : 'video'
    if (callAction === 'initiated') {
      return { reported: 'call', sessionId, caller, callType, uuid: sessionUuid(sessionId) }
    }
    const ends = ['unanswered', 'cancelled', 'rejected'].includes(callAction)
    return ends ? { reported: 'ended', sessionId } : { reported: 'nothing' }
  },
}
