import type { CallType, EndAction } from '@ringer/payloads'

/** The phones on the page: two of Bob's and the browser on his laptop, and one of Carol's. */
export const phoneIds = ['iphone', 'android', 'laptop', 'carols-android'] as const
export type PhoneId = (typeof phoneIds)[number]

/** What a phone shows of a call. */
export interface ShownCall {
  sessionId: string
  uuid: string
  callerUid: string
  callerName: string
  callType: CallType
  /** The name of the group that is called, if a group is called. */
  groupName?: string | undefined
}

/** Why a phone is quiet again: the call's end, `ongoing` (answered on another phone), or the ring's own deadline. */
export type QuietReason = EndAction | 'ongoing' | 'deadline'

/** What told the phone to be quiet: its user, a push, its state URL, CometChat's connection to the app, or its own clock. */
export type QuietBy = 'user' | 'push' | 'state-url' | 'connection' | 'clock'

/** Instants are epoch ms. */
export type HandsetState =
  | { status: 'idle'; last?: { call: ShownCall; reason: QuietReason; by: QuietBy; at: number } }
  | { status: 'ringing'; call: ShownCall; since: number; until: number }
  | { status: 'connected'; call: ShownCall; since: number }

/**
 * What a push did to a phone. `same-call`: the phone already shows that call; `busy`: it shows another call; `suppressed`: it is
 * in Focus; `too-late`: the push had expired; `ignored`: an app does nothing with this message.
 */
export type PushEffect = 'rings' | 'same-call' | 'busy' | 'suppressed' | 'too-late' | 'stops' | 'ignored'

export interface PhoneChange {
  state: HandsetState
  effect: PushEffect
}
