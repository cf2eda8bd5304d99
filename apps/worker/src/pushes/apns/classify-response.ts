import type { Outcome } from '../outcome.ts'

/** What came back for one push: Apple's answer, or how the stream broke. Never holds the device token. */
export interface ApnsAnswer {
  status?: number | undefined
  reason?: string | undefined
  /** Epoch ms: since when Apple knows that the token is dead. Only with 410. */
  timestamp?: number | undefined
  retryAfterMs?: number | undefined
  /** node-apn's message, where there is no answer of Apple's. */
  error?: string | undefined
}

/**
 * Apple's reasons that have a meaning of their own here; every other one is a mistake of ours, which deletes nothing.
 * https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
const byReason: Record<string, 'unregistered' | 'retryable'> = {
  Unregistered: 'unregistered',
  ExpiredToken: 'unregistered',
  // node-apn has signed a new provider token by the time this comes back.
  ExpiredProviderToken: 'retryable',
  IdleTimeout: 'retryable',
  TooManyProviderTokenUpdates: 'retryable',
  TooManyRequests: 'retryable',
  InternalServerError: 'retryable',
  ServiceUnavailable: 'retryable',
  Shutdown: 'retryable',
}

/** node-apn's messages for a push that no server has processed; after any other it may have been delivered. */
const notProcessed = [
  /NGHTTP2_REFUSED_STREAM/,
  /Request frame error/,
  /pending stream has been canceled/,
  /client session is either closed or destroyed/,
  /client is destroyed/,
  /the connection's first push failed/,
]

/** Translates Apple's vocabulary, and node-apn's, into an outcome. */
export function classifyResponse(answer: ApnsAnswer): Outcome {
  const { status, retryAfterMs } = answer
  if (status === 200) return { kind: 'accepted', status }
  if (status === undefined) return classifyBroken(answer.error ?? 'no answer')
  const reason = answer.reason ?? `status ${status}`
  switch (byReason[reason] ?? byStatus(status)) {
    case 'unregistered':
      return { kind: 'unregistered', status, reason, since: answer.timestamp }
    case 'retryable':
      return { kind: 'retryable', status, reason, delivered: 'no', retryAfterMs }
    case 'rejected':
      return { kind: 'rejected', status, reason }
  }
}

const byStatus = (status: number) => (status === 429 || status >= 500 ? 'retryable' : 'rejected')

function classifyBroken(error: string): Outcome {
  const answered = /with status (\d{3}) and empty body/.exec(error)?.[1]
  if (answered) return classifyResponse({ status: Number(answered) })
  const delivered = notProcessed.some(pattern => pattern.test(error)) ? 'no' : 'maybe'
  return { kind: 'retryable', reason: error, delivered }
}
