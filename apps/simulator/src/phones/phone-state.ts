import type { CallType, EndAction } from '@ringer/payloads'

/** The phones on the page: two in Bob's pocket, one in Carol's. */
export const phoneIds = ['iphone', 'android', 'carols-android'] as const
export type PhoneId = (typeof phoneIds)[number]

/** What a phone knows about a call from the push that rang it. */
export type IncomingCall = {
  sessionId: string
  uuid: string
  callerUid: string
  callerName: string
  callType: CallType
  /** The group that is called, where it is one. */
  groupName?: string | undefined
}

/** Why a phone is quiet again: a call's end, `ongoing` (answered on another phone), or the ring's own deadline. */
export type QuietReason = EndAction | 'ongoing' | 'deadline'

/** How the phone came to know: the user's own hand, a push, CometChat's connection to the app, or its own clock. */
export type QuietBy = 'user' | 'push' | 'connection' | 'clock'

/** Every instant is epoch ms. */
export type PhoneState =
  | { status: 'idle'; last?: { call: IncomingCall; reason: QuietReason; by: QuietBy; at: number } }
  | { status: 'ringing'; call: IncomingCall; since: number; until: number }
  | { status: 'connected'; call: IncomingCall; since: number }

/**
 * What a push did to a phone. `same-call`: it shows that call already; `busy`: it is taken by another call;
 * `too-late`: the push had expired; `ignored`: an app that gets this message does nothing.
 */
export type PushEffect = 'rings' | 'same-call' | 'busy' | 'too-late' | 'stops' | 'ignored'

export type PhoneChange = { state: PhoneState; effect: PushEffect }
