import { answerPhone, stopPhone } from './change-phone.ts'
import type { HandsetState, PhoneChange, PhoneId, QuietBy, QuietReason } from './handset-state.ts'

export interface HandsetStates {
  state: (phone: PhoneId) => HandsetState
  /** What the phone does for this session; undefined when it does nothing. */
  shows: (phone: PhoneId, sessionId: string) => 'ringing' | 'connected' | undefined
  /** Applies what a push does to the phone. */
  change: (phone: PhoneId, change: (state: HandsetState) => PhoneChange) => PhoneChange
  /** Returns whether the phone rang for the session and is connected now. */
  answer: (phone: PhoneId, sessionId: string) => boolean
  /** In Focus, a phone lets no call through. */
  setFocus: (phone: PhoneId, inFocus: boolean) => void
  inFocus: (phone: PhoneId) => boolean
  /** Returns whether this made the phone quiet. */
  stop: (phone: PhoneId, sessionId: string, reason: QuietReason, by: QuietBy) => boolean
  close: () => void
}

/** Holds the phones' states, and ends each ring at its deadline. */
export function createHandsetStates(deps: {
  clock: () => number
  /** Called when a ring reaches its deadline. */
  onDeadline: (phone: PhoneId, sessionId: string) => void
}): HandsetStates {
  const states: Record<PhoneId, HandsetState> = {
    iphone: { status: 'idle' },
    android: { status: 'idle' },
    laptop: { status: 'idle' },
    'carols-android': { status: 'idle' },
  }
  const inFocus = new Set<PhoneId>()
  const timers: Partial<Record<PhoneId, NodeJS.Timeout>> = {}

  const set = (phone: PhoneId, next: HandsetState): boolean => {
    if (states[phone] === next) return false
    states[phone] = next
    clearTimeout(timers[phone])
    if (next.status === 'ringing') {
      timers[phone] = setTimeout(endRing, next.until - deps.clock(), phone, next.call.sessionId)
    }
    return true
  }
  const stop: HandsetStates['stop'] = (phone, sessionId, reason, by) =>
    set(phone, stopPhone(states[phone], { sessionId, reason, by, at: deps.clock() }))
  const endRing = (phone: PhoneId, sessionId: string) => {
    if (stop(phone, sessionId, 'deadline', 'clock')) deps.onDeadline(phone, sessionId)
  }

  return {
    state: phone => states[phone],
    shows: (phone, sessionId) => {
      const state = states[phone]
      return state.status === 'idle' || state.call.sessionId !== sessionId ? undefined : state.status
    },
    change: (phone, change) => {
      const changed = change(states[phone])
      set(phone, changed.state)
      return changed
    },
    answer: (phone, sessionId) => set(phone, answerPhone(states[phone], { sessionId, at: deps.clock() })),
    setFocus: (phone, isOn) => void (isOn ? inFocus.add(phone) : inFocus.delete(phone)),
    inFocus: phone => inFocus.has(phone),
    stop,
    close: () => Object.values(timers).forEach(clearTimeout),
  }
}
