import type { PhoneState, QuietBy, QuietReason } from './phone-state.ts'

/**
 * A phone learns that a call is over for it. Only the call it shows is stopped, and a phone that answered keeps its
 * call until that call `ended`: the news that somebody answered is old news there.
 */
export function stopPhone(
  state: PhoneState,
  stop: { sessionId: string; reason: QuietReason; by: QuietBy; at: number },
): PhoneState {
  if (state.status === 'idle' || state.call.sessionId !== stop.sessionId) return state
  if (state.status === 'connected' && stop.reason !== 'ended') return state
  return { status: 'idle', last: { call: state.call, reason: stop.reason, by: stop.by, at: stop.at } }
}
