import type { ReceiptEvent } from '@ringer/payloads'
import type { Handset } from '../phones/handset.ts'
import type { PhoneId } from '../phones/handset-state.ts'

/** A push about a call, on the phone that got it. */
export interface DeliveredRing {
  handset: Handset
  sessionId: string
  /** `stateUrl` in the push. */
  stateUrl: string
}

/** What a phone's app does with the state URL in a push. */
export interface StateAsker {
  /**
   * The phone has begun to ring. Asks whether it has to, and reports `shown`; or, if the call is over, stops the phone and reports
   * `late`. An iPhone also stops when the ring is over later.
   *
   * @param onShown called when the phone rings for a call that is not over, or nobody answers whether it is
   */
  ring: (ring: DeliveredRing, onShown: () => void) => void
  /** Reports what the phone did with a push for which it does not ring. */
  report: (ring: DeliveredRing, event: ReceiptEvent) => void
  /** Whether this phone learns of the end of this call at its state URL. */
  isInformed: (phone: PhoneId, sessionId: string) => boolean
  close: () => void
}
