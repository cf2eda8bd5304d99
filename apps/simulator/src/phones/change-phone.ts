import type { HandsetState, PhoneChange, QuietBy, QuietReason, ShownCall } from './handset-state.ts'

/**
 * Lets a phone ring until the push's deadline. A call that the phone already shows is not shown again, so a repeated push
 * does no harm. `isSameCall` compares the id by which this kind of phone knows calls. A phone in Focus lets no call through.
 */
export function startRinging(
  state: HandsetState,
  ring: { call: ShownCall; now: number; deadline: number; inFocus?: boolean | undefined },
  isSameCall: (one: ShownCall, other: ShownCall) => boolean,
): PhoneChange {
  if (ring.deadline <= ring.now) return { state, effect: 'too-late' }
  if (state.status !== 'idle') {
    return { state, effect: isSameCall(state.call, ring.call) ? 'same-call' : 'busy' }
  }
  if (ring.inFocus) return { state, effect: 'suppressed' }
  return {
    state: { status: 'ringing', call: ring.call, since: ring.now, until: ring.deadline },
    effect: 'rings',
  }
}

/** Lets the user answer. A phone that does not ring for this session stays as it is. */
export function answerPhone(state: HandsetState, answer: { sessionId: string; at: number }): HandsetState {
  if (state.status !== 'ringing' || state.call.sessionId !== answer.sessionId) return state
  return { status: 'connected', call: state.call, since: answer.at }
}

/**
 * Ends the call on a phone, if the phone shows this call. A phone that answered keeps its call until that call `ended`:
 * it already knows that somebody answered.
 */
export function stopPhone(
  state: HandsetState,
  stop: { sessionId: string; reason: QuietReason; by: QuietBy; at: number },
): HandsetState {
  if (state.status === 'idle' || state.call.sessionId !== stop.sessionId) return state
  if (state.status === 'connected' && stop.reason !== 'ended') return state
  return { status: 'idle', last: { call: state.call, reason: stop.reason, by: stop.by, at: stop.at } }
}
