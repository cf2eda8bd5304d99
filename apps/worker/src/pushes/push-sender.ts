import type { EndAction, RingEvent } from '@ringer/payloads'
import type { Device, Provider } from '@ringer/store'
import type { Outcome } from './outcome.ts'

/** One push to one device. Instants are epoch ms. */
export type OutgoingPush = {
  ringId: string
  device: Device
  event: RingEvent
  receivedAt: number
  /** After this the provider must drop the push. */
  deadline: number
} & ({ kind: 'ring' } | { kind: 'stop'; action: EndAction | 'ongoing' })

/** The way to one provider. */
export interface PushSender {
  provider: Provider
  /** Makes one attempt and tells what it came to, within the sender's own limit. Never rejects. */
  send(push: OutgoingPush): Promise<Outcome>
  /** Ends what is in hand, then closes the connections. */
  close(): Promise<void>
}
