import { asText } from '../casts.ts'
import { everyEnd, type Reader } from '../reader.ts'

const actions = ['initiated', ...everyEnd, 'ongoing']
const RING_MS = 40_000

/**
 * The Flutter sample: parses `sentAt` as an integer and rings until 40 s after it. It ends the ring of the same session at
 * `cancelled` and `unanswered`. The plugin catches and logs what the handler throws.
 *
 * @see cometchat/cometchat-push-notification-app-flutter lib/services/firebase_service.dart@506e860,
 *   lib/models/payload_data.dart@506e860
 */
export const androidFlutterSample: Reader = {
  name: 'Android, Flutter sample',
  platform: 'android',
  settings: { callType: 'call', stopAction: 'cancelled' },
  stopsAt: everyEnd,
  read(push, phone) {
    const sentAt = asText(push.sentAt)
    if (sentAt !== undefined && !/^[+-]?\d+$/.test(sentAt))
      return { reported: 'nothing', why: 'sentAt is not an int' }
    if (push.type !== 'call') return { reported: 'nothing' }
    const callAction = asText(push.callAction) ?? ''
    if (!actions.includes(callAction)) return { reported: 'nothing', why: 'callAction is null' }
    const sessionId = asText(push.sessionId) ?? ''
    if (callAction === 'initiated') {
      const late = sentAt === undefined || Date.now() >= Number(sentAt) + RING_MS
      if (late) return { reported: 'nothing', why: 'it is older than 40 s' }
      const callType = push.callType === 'audio' ? 'audio' : 'video'
      return { reported: 'call', sessionId, caller: asText(push.senderName) ?? '', callType }
    }
    const ends = callAction === 'cancelled' || callAction === 'unanswered'
    return { reported: ends && sessionId === phone.ringing ? 'ended' : 'nothing' }
  },
}
