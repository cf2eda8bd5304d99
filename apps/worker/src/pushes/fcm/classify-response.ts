import { z } from 'zod'
import type { Outcome } from '../outcome.ts'

/** What is taken over from one of firebase-admin's errors. The rest of it holds the device token. */
export interface FcmFailure {
  /** firebase-admin's code, `messaging/…` or `app/…`. */
  code: string
  status?: number | undefined
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

/** Translates FCM's vocabulary, and firebase-admin's, into an outcome. */
export function classifyResponse(failure: FcmFailure): Outcome {
  const { code, status, errorCode, retryAfterMs } = failure
  if (status === undefined) return classifyBroken(code)
  const reason = errorCode ?? code
  switch (byErrorCode[errorCode ?? ''] ?? byStatus(status)) {
    case 'unregistered':
      return { kind: 'unregistered', status, reason }
    case 'retryable':
      return { kind: 'retryable', status, reason, delivered: 'no', retryAfterMs }
    case 'rejected':
      return { kind: 'rejected', status, reason }
  }
}

/**
 * A 404 without UNREGISTERED is not about the token: it is a project that does not exist. An answer of 200 that cannot
 * be read may well have been a delivery.
 */
const byStatus = (status: number) =>
  status === 429 || status >= 500 || status === 401 ? 'retryable' : 'rejected'

/** No answer: the request never left, or nobody knows what became of it. */
function classifyBroken(code: string): Outcome {
  const neverLeft = code === 'app/invalid-credential' || code === 'ECONNREFUSED' || code === 'ENOTFOUND'
  if (code === 'messaging/invalid-argument' || code === 'messaging/invalid-payload') {
    return { kind: 'rejected', reason: code }
  }
  return { kind: 'retryable', reason: code, delivered: neverLeft ? 'no' : 'maybe' }
}

const errorShape = z.object({
  code: z.string(),
  httpResponse: z.object({ status: z.number().optional(), data: z.unknown() }).optional(),
  cause: z.unknown(),
})

const answerShape = z.object({
  error: z.object({
    status: z.string().optional(),
    details: z.array(z.looseObject({ errorCode: z.string().optional() })).optional(),
  }),
})

/** Reads the little that may be kept of an error that firebase-admin threw. */
export function readFailure(error: unknown): FcmFailure {
  const parsed = errorShape.safeParse(error)
  if (!parsed.success) return { code: 'unknown' }
  const { code, httpResponse, cause } = parsed.data
  const answer = answerShape.safeParse(httpResponse?.data).data?.error
  const errorCode = answer?.details?.find(detail => detail.errorCode)?.errorCode
  return {
    code: code === 'app/network-error' ? (networkCode(cause) ?? code) : code,
    status: httpResponse?.status,
    // NOT_FOUND without details is a status of Google's gateway, not FCM's word on a token.
    errorCode: errorCode ?? answer?.status,
  }
}

/** The system's own code (ECONNREFUSED, …), somewhere down the chain of causes. */
function networkCode(cause: unknown): string | undefined {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string' && !error.code.includes('/')) return error.code
  }
  return undefined
}
