import type { PhoneState } from './phone-state.ts'

/** The user takes the call. Anything but a phone that rings for this session stays as it is. */
export function answerPhone(state: PhoneState, answer: { sessionId: string; at: number }): PhoneState {
  if (state.status !== 'ringing' || state.call.sessionId !== answer.sessionId) return state
  return { status: 'connected', call: state.call, since: answer.at }
}
