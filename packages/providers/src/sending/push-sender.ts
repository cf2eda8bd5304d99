import type { Alert, RingEvent, StopAction, TokenRefusal } from '@ringer/payloads'
import type { Device } from '@ringer/store'
import type { Outcome } from './outcome.ts'
import { type Urgency, urgencies } from './take-turns.ts'

interface Outgoing {
  device: Device
  /** The provider must drop the push after this instant, epoch ms. */
  deadline: number
  /** What an earlier attempt of this push returned as `refused`. */
  refused?: TokenRefusal | undefined
}

/** A push about a call. */
type OutgoingCall = Outgoing & {
  ringId: string
  event: RingEvent
  /** When the call's webhook arrived, epoch ms. */
  receivedAt: number
}

export type OutgoingRing = OutgoingCall & {
  kind: 'ring'
  /** Set if its caller has had more than a share of the calls, or if the token has not worked yet: other rings go first, see `PushJob`. */
  yields?: number | undefined
}
export type OutgoingStop = OutgoingCall & { kind: 'stop'; action: StopAction }
export type OutgoingAlert = Outgoing & { kind: 'alert'; alertId: string; alert: Alert }

/** One push to one device. */
export type OutgoingPush = OutgoingRing | OutgoingStop | OutgoingAlert

/**
 * Asked once for each attempt, after the wait for room and credentials and immediately before the bytes leave. Nothing
 * leaves unless it resolves with true: the call may have ended, or the phone may have changed hands, during the wait.
 */
export type Commit = () => Promise<boolean>

/** Sends one tenant's pushes to one provider. */
export interface PushSender {
  /**
   * Delivers one push and returns the outcome. A push without an answer stays open: a late answer counts, and a second
   * attempt with the same ids may start on another connection meanwhile. Listens until the deadline, but at most 30 s.
   * Rejects only if `commit` rejects.
   */
  send(push: OutgoingPush, commit: Commit): Promise<Outcome>
  /**
   * Whether a ring for this device would leave at once, without a wait for room or credentials. True also if the push would
   * be refused at once. Without a token: whether there is room at the provider at all.
   *
   * @param rings whether there is room for so many. Default: 1
   */
  hasRoom(device: Partial<Pick<Device, 'environment' | 'token'>>, rings?: number): boolean
  /** Whether the provider can be reached from here. While it cannot, pushes are refused, so others should take them. */
  isReachable(): boolean
  /** Finishes the attempts in hand, then closes the connections. */
  close(): Promise<void>
}

/**
 * Stops go before rings: a phone that rings for a call that is over annoys its user, and no number of rings may delay its
 * stop. Rings that yield go after all others, those with a smaller number first. Alerts go last.
 */
export function urgencyOf(push: OutgoingPush): Urgency {
  if (push.kind === 'stop') return urgencies.first
  return push.kind === 'ring' ? urgencies.urgent + (push.yields ?? 0) : urgencies.patient
}
