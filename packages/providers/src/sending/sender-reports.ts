import type { Why } from '@ringer/store'
import type { NotSent, Outcome } from './outcome.ts'

/** What a sender reports besides the outcomes of its pushes. Reasons never hold a token or a key. */
export interface SenderReports {
  /** The provider answered a push, this long after it left, ms. */
  answered(ms: number): void
  /** A second attempt left, because the first one was not answered. */
  pushedAgain(): void
  /**
   * The provider cannot be reached from here, for this reason, or (undefined) it can. May be repeated.
   *
   * @param part which of the provider's addresses
   */
  reach(part: string, trouble: string | undefined): void
  /**
   * The provider refuses our credentials, in these words, or (undefined) accepts them. May be repeated.
   *
   * @param part what was asked for with them
   */
  credentials(part: string, refusal: string | undefined): void
}

export const noReports: SenderReports = {
  answered() {},
  pushedAgain() {},
  reach() {},
  credentials() {},
}

const ABOUT_CREDENTIALS: ReadonlySet<Why | undefined> = new Set<Why>([
  ...(['wrong-key', 'wrong-key-environment', 'unrelated-key', 'provider-credentials'] as const),
])

/** Reports what the outcome of a push says about the credentials. */
export function reportCredentials(reports: SenderReports, part: string, outcome: Outcome): void {
  if (outcome.kind === 'accepted') reports.credentials(part, undefined)
  const isRefused = outcome.kind === 'rejected' && ABOUT_CREDENTIALS.has(outcome.why)
  if (isRefused) reports.credentials(part, outcome.reason)
}

/**
 * Reports whether the provider can be reached.
 *
 * @param refusal the result of pushes while it cannot, or undefined if it can
 */
export function reportReach(reports: SenderReports, part: string, refusal: NotSent | undefined): void {
  reports.reach(part, refusal?.reason)
  // A connection that opens says nothing about credentials that only pushes carry, so it is a part of its own.
  reports.credentials(`connection to ${part}`, refusal?.isFinal ? refusal.reason : undefined)
}
