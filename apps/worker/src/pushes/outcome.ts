import type { Environment } from '@ringer/store'

/**
 * What an attempt came to, whichever provider spoke. The policy knows these and no provider's words; `status` and
 * `reason` are carried along for whoever asks why a phone did not ring.
 */
export type Outcome =
  /** `environment`: where Apple took it, if that is not where the device was thought to be. */
  | { kind: 'accepted'; status: number; reason?: undefined; environment?: Environment | undefined }
  /** The token is dead. `since`: from when the provider knows it (epoch ms), where it says so. */
  | { kind: 'unregistered'; status: number; reason: string; since?: number | undefined }
  /** Refused for good, by a mistake of ours or of whoever configured us; says nothing against the device. */
  | { kind: 'rejected'; status?: number | undefined; reason: string }
  | Retryable

export interface Retryable {
  kind: 'retryable'
  status?: number | undefined
  reason: string
  /** `no`: provably not processed. `maybe`: the phone may ring already; all attempts carry the same ids. */
  delivered: 'no' | 'maybe'
  /** How long the provider asked to be left alone, ms. */
  retryAfterMs?: number | undefined
}
