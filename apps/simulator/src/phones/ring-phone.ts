import type { IncomingCall, PhoneChange, PhoneState } from './phone-state.ts'

/**
 * A push asks a phone to ring until its deadline. A call the phone shows already is not shown again, which is what
 * makes a repeated push harmless; `sameCall` says by which id this kind of phone knows calls.
 */
export function ringPhone(
  state: PhoneState,
  ring: { call: IncomingCall; now: number; deadline: number },
  sameCall: (one: IncomingCall, other: IncomingCall) => boolean,
): PhoneChange {
  if (ring.deadline <= ring.now) return { state, effect: 'too-late' }
  if (state.status !== 'idle') {
    return { state, effect: sameCall(state.call, ring.call) ? 'same-call' : 'busy' }
  }
  return {
    state: { status: 'ringing', call: ring.call, since: ring.now, until: ring.deadline },
    effect: 'rings',
  }
}
