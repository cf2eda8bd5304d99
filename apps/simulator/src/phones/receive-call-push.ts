import { type IncomingCall, parseIncomingCall } from '@ringer/client'
import { startRinging, stopPhone } from './change-phone.ts'
import type { HandsetState, PhoneChange, ShownCall } from './handset-state.ts'

/** What an iPhone shows for a VoIP push in which it finds no call. */
const UNKNOWN_CALL: ShownCall = {
  sessionId: '',
  uuid: '00000000-0000-0000-0000-000000000000',
  callerUid: 'unknown',
  callerName: 'Unknown',
  callType: 'audio',
}

/**
 * Gives an iPhone a VoIP push. iOS demands that an app reports a call for every VoIP push, so the phone rings whatever the
 * push says. CallKit knows calls by their UUID: two pushes with the same UUID show one call.
 */
export function receiveVoipPush(
  state: HandsetState,
  push: { payload: unknown; deadline: number; now: number; inFocus?: boolean },
): PhoneChange {
  const incoming = parseIncomingCall(push.payload)
  const call = incoming ? shownCall(incoming) : UNKNOWN_CALL
  return startRinging(state, { ...push, call }, (one, other) => one.uuid === other.uuid)
}

/**
 * Gives an Android phone a data message, or a browser a web push. It rings or stops ringing. It ignores a message that is not about a
 * call.
 */
export function receiveDataMessage(
  state: HandsetState,
  push: { data: unknown; deadline: number; now: number; inFocus?: boolean },
): PhoneChange {
  const incoming = parseIncomingCall(push.data)
  if (!incoming) return { state, effect: 'ignored' }
  if (incoming.action === 'ring') {
    const ring = { ...push, call: shownCall(incoming) }
    return startRinging(state, ring, (one, other) => one.sessionId === other.sessionId)
  }
  // An action that the parser does not know stops a ring, but not a call that was answered here. So does 'cancelled'.
  const { sessionId, reason = 'cancelled' } = incoming
  const stopped = stopPhone(state, { sessionId, reason, by: 'push', at: push.now })
  return { state: stopped, effect: stopped === state ? 'ignored' : 'stops' }
}

const shownCall = ({ sessionId, uuid, caller, callType, receiver }: IncomingCall): ShownCall => ({
  sessionId,
  uuid: uuid.toUpperCase(),
  callerUid: caller.uid || 'unknown',
  callerName: caller.name || 'Unknown',
  callType,
  ...(receiver.type === 'group' && { groupName: receiver.name || 'a group' }),
})
