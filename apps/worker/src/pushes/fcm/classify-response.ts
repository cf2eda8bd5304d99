import { z } from 'zod'
import type { Outcome } from '../outcome.ts'

/** What came back for one push: FCM's answer, or how the request broke. Never holds the device token. */
export interface FcmAnswer {
  /** The answer was FCM's, whole, and its yes. */
  accepted?: boolean | undefined
  status?: number | undefined
  /** firebase-admin's code, `messaging/…` or `app/…`; or the system's; or our own words. */
  code?: string | undefined
  /** FCM's own errorCode, out of the answer's details. */
  errorCode?: string | undefined
  retryAfterMs?: number | undefined
}

/**
 * FCM's error codes that have a meaning of their own; every other one is a mistake of ours, which deletes nothing.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
 */
const byErrorCode: Record<string, 'unregistered' | 'retryable'> = {
  UNREGISTERED: 'unregistered',
  QUOTA_EXCEEDED: 'retryable',
  UNAVAILABLE: 'retryable',
  INTERNAL: 'retryable',
  // The access token was revoked; the next attempt gets a new one.
  UNAUTHENTICATED: 'retryable',
}

/** What is said of a request that no server can have seen; after anything else it may have been delivered. */
const notProcessed =
  /^(?:app\/invalid-credential|no access token in time|the token endpoint.*|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_.*|.*_CERT.*|.*_SIGNATURE|ERR_TLS_.*)$/

/** Translates FCM's vocabulary, and firebase-admin's, into an outcome. */
export function classifyResponse(answer: FcmAnswer): Outcome {
  const { status, errorCode, code = 'no answer', retryAfterMs } = answer
  if (answer.accepted) return { kind: 'accepted', status: status ?? 200 }
  if (status === undefined) return classifyBroken(code)
  const reason = errorCode ?? (code.startsWith('messaging/') ? code : `status ${status}`)
  switch (byErrorCode[errorCode ?? ''] ?? byStatus(status)) {
    case 'unregistered':
      return { kind: 'unregistered', status, reason }
    case 'retryable':
      return { kind: 'retryable', status, reason, delivered: status === 200 ? 'maybe' : 'no', retryAfterMs }
    case 'rejected':
      return { kind: 'rejected', status, reason }
  }
}

/**
 * A 404 without UNREGISTERED is not about the token: it is a project that does not exist. An answer of 200 that cannot
 * be read may well have been a delivery.
 */
const byStatus = (status: number) =>
  status === 200 || status === 401 || status === 408 || status === 429 || status >= 500
    ? 'retryable'
    : 'rejected'

/** No answer: the request never left, or nobody knows what became of it. */
function classifyBroken(code: string): Outcome {
  if (code === 'messaging/invalid-argument' || code === 'messaging/invalid-payload') {
    return { kind: 'rejected', reason: code }
  }
  return { kind: 'retryable', reason: code, delivered: notProcessed.test(code) ? 'no' : 'maybe' }
}

const errorShape = z.object({
  code: z.string(),
  httpResponse: z.object({ status: z.number().optional(), data: z.unknown() }).optional(),
})

/** Only what looks like a code of Google's is taken for one. */
const googlesCode = z
  .string()
  .regex(/^[A-Z_]{1,60}$/)
  .optional()
  .catch(undefined)

const answerShape = z.object({
  error: z.object({
    status: googlesCode,
    details: z.array(z.looseObject({ errorCode: googlesCode })).optional(),
  }),
})

/** Reads the little that may be kept of an error that firebase-admin threw. */
export function readFailure(error: unknown): FcmAnswer {
  const parsed = errorShape.safeParse(error)
  if (!parsed.success) return { code: error instanceof RangeError ? 'messaging/invalid-payload' : 'unknown' }
  const { code, httpResponse } = parsed.data
  const answer = answerShape.safeParse(httpResponse?.data).data?.error
  const errorCode = answer?.details?.find(detail => detail.errorCode)?.errorCode
  return {
    code,
    status: httpResponse?.status,
    // NOT_FOUND without details is a status of Google's gateway, not FCM's word on a token.
    errorCode: errorCode ?? answer?.status,
  }
}
