import type { StateUrls } from '@ringer/payloads'
import type { Provider } from '@ringer/providers'
import type { EventNotes, PhoneRings, RingChangeListener } from '@ringer/store'
import type { IngressMetrics } from '../metrics.ts'
import type { Gate } from '../trust/create-gate.ts'

/** What phones are told about rings, and where it comes from. */
export interface Phones {
  stateUrls: StateUrls
  rings: PhoneRings
  /** Reports rings that change, from now on. */
  watch(listener: RingChangeListener): { close(): void }
  /** Where receipts are noted for the apps' backends. Default: nowhere. */
  events?: EventNotes | undefined
  /** How often a stream sends a comment. Default: 15 s. */
  commentMs?: number
}

export interface PhoneDeps extends Phones {
  providers: readonly Provider[]
  /** How many streams may be open at once. */
  maxStreams: number
  storeLimitMs: number
  clock: () => number
  metrics: IngressMetrics
  gate: Gate
}
