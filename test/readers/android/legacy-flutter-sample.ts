import { asDictionary, asText } from '../casts.ts'
import type { Reader } from '../reader.ts'

/**
 * The Flutter sample before the flat keys: decodes `message` and rings at `initiated`. Any missing field makes its handler
 * throw, which the plugin catches and logs.
 *
 * @see cometchat/cometchat-push-notification-app-flutter lib/services/firebase_service.dart@1e36703
 */
export const androidLegacyFlutterSample: Reader = {
  name: 'Android, Flutter sample before the flat keys',
  platform: 'android',
  settings: { legacyPayload: 'rings' },
  stopsAt: [],
  read(push) {
    const text = asText(push.message)
    if (text === undefined) return { reported: 'nothing', why: 'null is not a String' }
    const message = asDictionary(JSON.parse(text))
    const data = asDictionary(message?.data)
    const entities = asDictionary(data?.entities)
    const by = asDictionary(asDictionary(entities?.by)?.entity)
    const on = asDictionary(asDictionary(entities?.on)?.entity)
    const sessionId = asText(on?.sessionid)
    const caller = asText(by?.name)
    const isRing = message?.category === 'call' && data?.action === 'initiated'
    if (!isRing || sessionId === undefined || caller === undefined) return { reported: 'nothing' }
    return { reported: 'call', sessionId, caller, callType: on?.type === 'audio' ? 'audio' : 'video' }
  },
}
