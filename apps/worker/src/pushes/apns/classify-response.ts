import type { Outcome } from '../outcome.ts'

/** What came back for one push: Apple's answer, or how the stream broke. Never holds the device token. */
export interface ApnsAnswer {
  status?: number | undefined
  reason?: string | undefined
  /** Epoch ms: since when Apple knows that the token is dead. Only with 410. */
  timestamp?: number | undefined
  retryAfterMs?: number | undefined
  /** node-apn's message, or our own, where there is no answer of Apple's. */
  error?: string | undefined
}

/**
 * Apple's reasons that have a meaning of their own here; every other one is a mistake of ours, which deletes nothing.
 * https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
const byReason: Record<string, 'unregistered' | 'retryable'> = {
  Unregistered: 'unregistered',
  ExpiredToken: 'unregistered',
  // A new provider token has been signed by the time this comes back.
  ExpiredProviderToken: 'retryable',
  IdleTimeout: 'retryable',
  TooManyProviderTokenUpdates: 'retryable',
  TooManyRequests: 'retryable',
  InternalServerError: 'retryable',
  ServiceUnavailable: 'retryable',
  Shutdown: 'retryable',
}

/**
 * How a push broke, by node-apn's messages and our own; after anything else it may have been delivered. Only these words
 * go on: who knows what a message quotes.
 */
const breakages: { message: RegExp; reason: string; delivered: 'no' | 'maybe' }[] = [
  { message: /NGHTTP2_REFUSED_STREAM/, reason: 'stream refused', delivered: 'no' },
  { message: /^Request frame error/, reason: 'request not sent', delivered: 'no' },
  { message: /pending stream has been canceled/, reason: 'no connection', delivered: 'no' },
  { message: /session is either closed or destroyed/, reason: 'connection closed', delivered: 'no' },
  { message: /^client is destroyed/, reason: 'connection closed', delivered: 'no' },
  { message: /^not sent: /, reason: '', delivered: 'no' },
  { message: /^(no answer in time|the connection )/, reason: '', delivered: 'maybe' },
]

/**
 * TLS's words for a certificate that Apple does not take: expired, revoked, signed by somebody else. It is told when the
 * connection is opened, before any push has been read.
 * https://www.rfc-editor.org/rfc/rfc8446#section-6.2
 */
const CERTIFICATE_ALERT = /\balert ((?:bad |unsupported )?certificate(?: \w+)?|unknown ca|access denied)\b/

/** Whether a push could not go out because Apple does not take our certificate. */
export const refusesCertificate = ({ status, error = '' }: ApnsAnswer): boolean =>
  status === undefined && CERTIFICATE_ALERT.test(error)

/** A reason in Apple's manner; a device token is longer, and has digits. */
const APPLES_REASON = /^[A-Za-z]{1,40}$/

/** Translates Apple's vocabulary, and node-apn's, into an outcome. */
export function classifyResponse(answer: ApnsAnswer): Outcome {
  const { status, retryAfterMs } = answer
  if (status === 200) return { kind: 'accepted', status }
  if (status === undefined) return classifyBroken(answer.error ?? 'no answer', retryAfterMs)
  const reason = APPLES_REASON.test(answer.reason ?? '') ? (answer.reason ?? '') : `status ${status}`
  switch (byReason[reason] ?? byStatus(status)) {
    case 'unregistered':
      return { kind: 'unregistered', status, reason, since: answer.timestamp }
    case 'retryable':
      return { kind: 'retryable', status, reason, delivered: 'no', retryAfterMs }
    case 'rejected':
      return { kind: 'rejected', status, reason }
  }
}

const byStatus = (status: number) =>
  status === 408 || status === 429 || status >= 500 ? 'retryable' : 'rejected'

function classifyBroken(error: string, retryAfterMs: number | undefined): Outcome {
  const alert = CERTIFICATE_ALERT.exec(error)?.[1]
  // As with Apple's BadCertificate, it is ours to mend, and no later attempt would be of use.
  if (alert) return { kind: 'rejected', reason: `certificate refused (${alert})` }
  const known = breakages.find(({ message }) => message.test(error))
  if (!known) return { kind: 'retryable', reason: 'connection lost', delivered: 'maybe' }
  const reason = known.reason || error
  const cause = /\b(?:ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT)\w*/.exec(error)?.[0]
  return {
    kind: 'retryable',
    reason: cause ? `${reason} (${cause})` : reason,
    delivered: known.delivered,
    retryAfterMs,
  }
}
