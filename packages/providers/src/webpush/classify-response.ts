import { neverArrived } from '../sending/connections/never-arrived.ts'
import { classifyNotSent, type NotSent, type Outcome } from '../sending/outcome.ts'
import { INSIDE_ADDRESS } from './endpoint/lookup-public.ts'
import { webpushFaults } from './faults.ts'

/** The result of one push: the push service's answer, or how the request broke. Never holds the endpoint or its keys. */
export type WebPushAnswer =
  | {
      kind: 'answered'
      status: number
      /** Apple's reason or Mozilla's number of an error, if it has their form. */
      reason?: string | undefined
      retryAfterMs?: number | undefined
    }
  | NotSent
  /** `code`: the system's or Node's. */
  | { kind: 'broken'; code: string }
  /** We gave the request up. */
  | { kind: 'unanswered' }

/**
 * The statuses of a push service. Any other status is a mistake of ours, which deletes nothing.
 * https://www.rfc-editor.org/rfc/rfc8030#section-5
 * https://developer.apple.com/documentation/usernotifications/sending-web-push-notifications-in-web-apps-and-browsers
 * https://mozilla-push-service.readthedocs.io/en/latest/http/#error-codes
 */
const byStatus: Readonly<Record<number, 'unregistered' | 'retryable' | 'about the token'>> = {
  // The subscription was made with another VAPID key, or the signature is not valid.
  403: 'about the token',
  404: 'unregistered',
  408: 'retryable',
  410: 'unregistered',
  429: 'retryable',
}

/** Translates what a push service answers into an outcome. */
export function classifyResponse(answer: WebPushAnswer): Outcome {
  switch (answer.kind) {
    case 'answered':
      return classifyAnswered(answer)
    case 'notSent':
      return classifyNotSent(answer)
    case 'broken':
      return classifyBroken(answer.code)
    case 'unanswered':
      return { kind: 'retryable', reason: 'no answer in time', delivered: 'maybe' }
  }
}

function classifyAnswered({
  status,
  retryAfterMs,
  ...answer
}: Extract<WebPushAnswer, { kind: 'answered' }>): Outcome {
  if (status >= 200 && status < 300) return { kind: 'accepted', status }
  const reason = answer.reason ?? `status ${status}`
  const why = webpushFaults[status]
  switch (byStatus[status] ?? (status >= 500 ? 'retryable' : 'rejected')) {
    case 'unregistered':
      return { kind: 'unregistered', status, reason, why: 'token-dead' }
    case 'retryable':
      return { kind: 'retryable', status, reason, why, delivered: 'no', retryAfterMs }
    case 'about the token':
      return { kind: 'rejected', status, reason, why, aboutToken: true }
    case 'rejected':
      return { kind: 'rejected', status, reason, why }
  }
}

/** No answer: the request never left, or nobody knows whether it arrived. */
function classifyBroken(code: string): Outcome {
  if (code === INSIDE_ADDRESS) {
    const reason = 'the endpoint leads to no public address'
    return { kind: 'rejected', reason, why: 'endpoint-not-public', aboutToken: true, isUnsent: true }
  }
  const isUnsent = neverArrived(code)
  return {
    kind: 'retryable',
    reason: code,
    delivered: isUnsent ? 'no' : 'maybe',
    ...(isUnsent && { isUnsent }),
  }
}

/** Apple's reasons are words, and Mozilla's are numbers. Anything else may quote the endpoint. */
const APPLES_REASON = /^[A-Za-z]{1,40}$/

/** Reads why a push was refused from the body of the answer, if it is in the form of Apple's or Mozilla's. */
export function readReason(body: string): string | undefined {
  try {
    const { reason, errno } = JSON.parse(body) as { reason?: unknown; errno?: unknown }
    if (typeof reason === 'string' && APPLES_REASON.test(reason)) return reason
    if (Number.isSafeInteger(errno)) return `error ${errno}`
  } catch {
    // Google and Microsoft answer with text.
  }
  return undefined
}
