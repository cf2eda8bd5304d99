import { classifyNotSent, type NotSent, notConnected, notSent, type Outcome } from '../sending/outcome.ts'
import { apnsFaults } from './faults.ts'

/** The result of one push: Apple's answer, or how the push broke. Never holds the device token. */
export type ApnsAnswer =
  | {
      kind: 'answered'
      status: number
      reason?: string | undefined
      /** Epoch ms: when Apple learnt that the token is dead. Only with 410. */
      timestamp?: number | undefined
      retryAfterMs?: number | undefined
    }
  | NotSent
  /** `message`: node-apn's, if node-apn saw the push break. `code`: the system's or Node's, if a connection did not open. */
  | { kind: 'broken'; by: 'node-apn'; message: string; code?: string | undefined }
  /** The proxy on the way opened no tunnel, so Apple has seen nothing. `message` and `code` are those of the ProxyError. */
  | { kind: 'broken'; by: 'proxy'; message: string; code: string }
  /** We gave the push up, for this reason. */
  | { kind: 'broken'; by: 'us'; reason: GivenUp }

/** Why we give a push up that is under way. */
export type GivenUp = 'no answer in time' | 'the connection went silent' | 'the connection does not answer'

/**
 * Apple's reasons that need more than their status. For any other reason the status decides (`byStatus`): unless it is
 * retryable, the push is rejected as a mistake of ours, which deletes nothing.
 * https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
const byReason: Record<string, 'unregistered' | 'retryable' | 'about the token'> = {
  Unregistered: 'unregistered',
  ExpiredToken: 'unregistered',
  // Malformed, or of another environment or app: the token's, unless we ask the wrong one for all tokens.
  BadDeviceToken: 'about the token',
  DeviceTokenNotForTopic: 'about the token',
  // A new provider token has been signed by the time this answer gets here.
  ExpiredProviderToken: 'retryable',
  IdleTimeout: 'retryable',
  TooManyProviderTokenUpdates: 'retryable',
  TooManyRequests: 'retryable',
  InternalServerError: 'retryable',
  ServiceUnavailable: 'retryable',
  Shutdown: 'retryable',
}

/**
 * node-apn's messages about pushes that Apple provably did not process. After any other message the push may have been
 * delivered. Only our own words go into the record, because a message may quote anything.
 */
const notProcessed: { message: RegExp; reason: string; isUnsent?: true }[] = [
  { message: /NGHTTP2_REFUSED_STREAM/, reason: 'stream refused' },
  { message: /^Request frame error/, reason: 'the request could not be written', isUnsent: true },
  { message: /pending stream has been canceled/, reason: 'no connection', isUnsent: true },
  { message: /session is either closed or destroyed/, reason: 'connection closed', isUnsent: true },
  { message: /^client is destroyed/, reason: 'connection closed', isUnsent: true },
]

/**
 * TLS alerts for a certificate that Apple does not accept: expired, revoked, signed by somebody else. They arrive while the
 * connection is being opened, before Apple has read any push.
 * https://www.rfc-editor.org/rfc/rfc8446#section-6.2
 */
const CERTIFICATE_ALERT = /\balert ((?:bad |unsupported )?certificate(?: \w+)?|unknown ca|access denied)\b/

/** The system's error code for a connection that could not be opened, within node-apn's message. */
const SYSTEM_CODE = /\b(?:ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT)\w*/

/** The form of Apple's reasons. A device token is longer and has digits. */
const APPLES_REASON = /^[A-Za-z]{1,40}$/

/**
 * Reads whether a push broke because Apple does not accept our certificate. A later attempt would fail as well: somebody
 * has to replace the certificate, as with Apple's BadCertificate.
 */
function readCertificateRefusal(answer: ApnsAnswer): NotSent | undefined {
  const message = answer.kind === 'broken' && answer.by === 'node-apn' ? answer.message : ''
  const alert = CERTIFICATE_ALERT.exec(message)?.[1]
  return alert ? notSent(`certificate refused (${alert})`, { why: 'wrong-key', isFinal: true }) : undefined
}

/** Reads why no session can be opened, if that is not Apple's silence: our certificate, or the proxy on the way. */
function readRefusal(answer: ApnsAnswer, url: string): NotSent | undefined {
  if (answer.kind === 'broken' && answer.by === 'proxy')
    return notConnected(answer.code, url, { reason: answer.message })
  return readCertificateRefusal(answer)
}

/**
 * The result of a push that was not sent, because its connection broke while it was being opened, or did not open in time.
 *
 * @param url of the environment
 * @param reason of a push that Apple's silence keeps back. Default: `no connection`, with the system's code
 */
export function explainUnopened(answer: ApnsAnswer, url: string, reason?: string): NotSent {
  const refusal = readRefusal(answer, url)
  if (refusal) return refusal
  const code =
    answer.kind === 'broken' && answer.by === 'node-apn'
      ? (SYSTEM_CODE.exec(answer.message)?.[0] ?? answer.code)
      : undefined
  return notConnected(code ?? 'ETIMEDOUT', url, {
    reason: reason ?? (code ? `no connection (${code})` : 'no connection'),
  })
}

/** Translates Apple's and node-apn's vocabulary into an outcome. */
export function classifyResponse(answer: ApnsAnswer): Outcome {
  switch (answer.kind) {
    case 'answered':
      return classifyAnswered(answer)
    case 'notSent':
      return classifyNotSent(answer)
    case 'broken':
      return classifyBroken(answer)
  }
}

function classifyAnswered(answer: Extract<ApnsAnswer, { kind: 'answered' }>): Outcome {
  const { status, retryAfterMs } = answer
  if (status === 200) return { kind: 'accepted', status }
  const reason = APPLES_REASON.test(answer.reason ?? '') ? (answer.reason ?? '') : `status ${status}`
  const why = apnsFaults[reason]
  switch (byReason[reason] ?? byStatus(status)) {
    case 'unregistered':
      return { kind: 'unregistered', status, reason, why: 'token-dead', since: answer.timestamp }
    case 'retryable':
      return { kind: 'retryable', status, reason, why, delivered: 'no', retryAfterMs }
    case 'about the token':
      return { kind: 'rejected', status, reason, why, aboutToken: true }
    case 'rejected':
      return { kind: 'rejected', status, reason, why }
  }
}

const byStatus = (status: number) =>
  status === 408 || status === 429 || status >= 500 ? 'retryable' : 'rejected'

function classifyBroken(answer: Extract<ApnsAnswer, { kind: 'broken' }>): Outcome {
  if (answer.by === 'us') return { kind: 'retryable', reason: answer.reason, delivered: 'maybe' }
  if (answer.by === 'proxy') return classifyNotSent(notSent(answer.message))
  const refusal = readCertificateRefusal(answer)
  if (refusal) return classifyNotSent(refusal)
  const known = notProcessed.find(({ message }) => message.test(answer.message))
  if (!known) return { kind: 'retryable', reason: 'connection lost', delivered: 'maybe' }
  const cause = SYSTEM_CODE.exec(answer.message)?.[0]
  const reason = cause ? `${known.reason} (${cause})` : known.reason
  return { kind: 'retryable', reason, delivered: 'no', ...(known.isUnsent && { isUnsent: true }) }
}
