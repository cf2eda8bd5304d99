import type { Alert, RingEvent, StopAction } from '@ringer/payloads'
import type { Device, Provider } from '@ringer/store'
import type { Outcome } from './outcome.ts'
import type { Urgency } from './take-turns.ts'

interface Outgoing {
  device: Device
  /** After this the provider must drop the push, epoch ms. */
  deadline: number
}

/** A push about a call. */
type OutgoingCall = Outgoing & {
  ringId: string
  event: RingEvent
  /** When the call's webhook arrived, epoch ms. */
  receivedAt: number
}

export type OutgoingRing = OutgoingCall & { kind: 'ring' }
export type OutgoingStop = OutgoingCall & { kind: 'stop'; action: StopAction }
export type OutgoingAlert = Outgoing & { kind: 'alert'; alertId: string; alert: Alert }

/** One push to one device. */
export type OutgoingPush = OutgoingRing | OutgoingStop | OutgoingAlert

/** The way to one provider. */
export interface PushSender {
  provider: Provider
  /** Makes one attempt and tells what it came to, within the sender's own limit. Never rejects. */
  send(push: OutgoingPush): Promise<Outcome>
  /** Ends what is in hand, then closes the connections. */
  close(): Promise<void>
}

/** No number of notifications holds up a ring, or its end, where a provider has room for few at once. */
export const urgencyOf = ({ kind }: OutgoingPush): Urgency => (kind === 'alert' ? 'patient' : 'urgent')
