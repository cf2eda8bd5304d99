import { asDictionary, forceText } from '../casts.ts'
import type { Reader } from '../reader.ts'
import { sessionUuid } from '../session-uuid.ts'

/**
 * The Flutter sample before the flat keys: reads `message` with forced casts, always shows video, and crashes on a session
 * id that contains no UUID.
 *
 * @see cometchat/cometchat-push-notification-app-flutter ios/Runner/AppDelegate.swift@24017c8
 */
export const iosLegacyFlutterSample: Reader = {
  name: 'iOS, Flutter sample before the flat keys',
  platform: 'ios',
  settings: { legacyPayload: 'rings' },
  stopsAt: [],
  alwaysShows: { callType: 'video' },
  cannotTake: { 'session does not end in a UUID': 'crashed' },
  read(push) {
    const message = asDictionary(push.message)
    if (!message || forceText(message.category, 'category') !== 'call') return { reported: 'nothing' }
    const data = asDictionary(message.data)
    if (!data) return { reported: 'nothing' }
    const action = forceText(data.action, 'data.action')
    const entities = asDictionary(data.entities)
    const by = asDictionary(asDictionary(entities?.by)?.entity)
    const on = asDictionary(asDictionary(entities?.on)?.entity)
    if (!by || !on) return { reported: 'nothing' }
    const caller = forceText(by.name, 'by.entity.name')
    const sessionId = forceText(on.sessionid, 'on.entity.sessionid')
    if (action === 'initiated') {
      return { reported: 'call', sessionId, caller, callType: 'video', uuid: sessionUuid(sessionId) }
    }
    return { reported: ['unanswered', 'cancelled', 'rejected'].includes(action) ? 'ended' : 'nothing' }
  },
}
