import type { TokenRefusal } from '@ringer/payloads'
import type { Environment, UnsentCause, Why } from '@ringer/store'

/**
 * The result of an attempt, whichever provider answered. The retry policy knows only these values, no provider's words;
 * `status`, `reason` and `why` are carried along for the person who asks why a phone did not ring.
 */
export type Outcome =
  /** `environment`: where Apple accepted the push, if that is not the environment on record. */
  | {
      kind: 'accepted'
      status: number
      reason?: undefined
      why?: undefined
      environment?: Environment | undefined
    }
  /** The token is dead. `since`: when the provider learned it (epoch ms), if the provider says so. */
  | { kind: 'unregistered'; status: number; reason: string; why?: Why; since?: number | undefined }
  /**
   * Refused for good because of a mistake in the configuration or the request. Says nothing against the device, unless
   * `aboutToken` is set: the provider says that it cannot deliver to this token, because it is malformed or belongs to another
   * app, environment or sender. For an iPhone's token without an environment, it is set only if none of
   * Apple's environments takes the token. That may be our mistake too, if it says so of all tokens.
   */
  | Rejected
  | Retryable
  | Withheld

/** Nothing of the push left, so the provider never saw it. Only then there may be a cause. */
interface MayBeUnsent {
  isUnsent?: boolean | undefined
  cause?: UnsentCause | undefined
}

export interface Rejected extends MayBeUnsent {
  kind: 'rejected'
  status?: number | undefined
  reason: string
  /** What the reason means, if that is known. */
  why?: Why | undefined
  aboutToken?: true
}

/** Nothing was sent, because `commit` did not let the push leave. */
export interface Withheld {
  kind: 'withheld'
  status?: undefined
  reason?: undefined
  why?: undefined
}

export const withheld: Withheld = { kind: 'withheld' }

export interface Retryable extends MayBeUnsent {
  kind: 'retryable'
  status?: number | undefined
  reason: string
  why?: Why | undefined
  /** `no`: provably not processed. `maybe`: the phone may ring already; all attempts carry the same ids. */
  delivered: 'no' | 'maybe'
  /** How long the provider asked to be left alone, ms. */
  retryAfterMs?: number | undefined
  /** Set if one of Apple's environments refused the token. The next attempt is told, so that it asks only the other one. */
  refused?: TokenRefusal | undefined
}

/** A push of which no byte was sent, so the provider never saw it. The reason is ours, not the provider's. */
export interface NotSent {
  kind: 'notSent'
  reason: string
  why?: Why | undefined
  cause?: UnsentCause | undefined
  /** Set if the provider refuses our credentials: a later attempt cannot succeed either. */
  isFinal?: boolean | undefined
  /** How long to wait before the next attempt, ms. */
  retryAfterMs?: number | undefined
}

export const notSent = (reason: string, more: Omit<NotSent, 'kind' | 'reason'> = {}): NotSent => ({
  kind: 'notSent',
  reason,
  ...more,
})

/**
 * A push that was not sent, because a connection did not open.
 *
 * @param code the system's, Node's, a proxy's (ERR_PROXY_ and its status) or our CONNECT_TIMEOUT
 * @param url of the server
 */
export const notConnected = (
  code: string,
  url: string,
  { reason = `no connection (${code})`, ...more }: Partial<Omit<NotSent, 'kind' | 'cause'>> = {},
): NotSent => notSent(reason, { ...more, cause: { kind: 'connection', code, url: new URL(url).origin } })

/** Turns a push that was not sent into an outcome. */
export const classifyNotSent = ({ reason, why, cause, isFinal, retryAfterMs }: NotSent): Outcome => {
  const unsent = { reason, why, isUnsent: true, ...(cause && { cause }) }
  return isFinal
    ? { kind: 'rejected', ...unsent }
    : { kind: 'retryable', ...unsent, delivered: 'no', retryAfterMs }
}

/** Whether the provider provably did not take the push, but may take it later. */
export const isRefusedForNow = (outcome: Outcome | undefined): boolean =>
  outcome?.kind === 'retryable' && outcome.delivered === 'no'
