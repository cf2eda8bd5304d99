import { z } from 'zod'
import { neverArrived } from '../sending/connections/never-arrived.ts'
import { classifyNotSent, type NotSent, type Outcome } from '../sending/outcome.ts'
import { fcmFaults } from './faults.ts'

/** The result of one push: FCM's answer, or how the request broke. Never holds the device token. */
export type FcmAnswer =
  | {
      kind: 'answered'
      status: number
      /** firebase-admin's code, `messaging/…`. */
      code?: string | undefined
      /** FCM's own errorCode, from the answer's details. */
      errorCode?: string | undefined
      /** Whether FCM says that the token itself is malformed. */
      isBadToken?: boolean | undefined
      retryAfterMs?: number | undefined
    }
  | NotSent
  /** `code`: firebase-admin's, `messaging/…` or `app/…`, or the system's. */
  | { kind: 'broken'; by: 'firebase-admin'; code: string }
  /** We gave the request up. */
  | { kind: 'broken'; by: 'us'; reason: 'no answer in time' }

/**
 * FCM's error codes that need more than their status. For any other code the status decides (`byStatus`): unless it is
 * retryable, the push is rejected as a mistake of ours, which deletes nothing.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
 */
const byErrorCode: Record<string, 'unregistered' | 'retryable' | 'about the token'> = {
  UNREGISTERED: 'unregistered',
  // A token of another Firebase project.
  SENDER_ID_MISMATCH: 'about the token',
  QUOTA_EXCEEDED: 'retryable',
  UNAVAILABLE: 'retryable',
  INTERNAL: 'retryable',
  // The access token was revoked. The next attempt gets a new one.
  UNAUTHENTICATED: 'retryable',
}

/** Translates FCM's and firebase-admin's vocabulary into an outcome. */
export function classifyResponse(answer: FcmAnswer): Outcome {
  switch (answer.kind) {
    case 'answered':
      return classifyAnswered(answer)
    case 'notSent':
      return classifyNotSent(answer)
    case 'broken':
      return classifyBroken(answer)
  }
}

function classifyAnswered(answer: Extract<FcmAnswer, { kind: 'answered' }>): Outcome {
  const { status, errorCode, code, isBadToken, retryAfterMs } = answer
  // The status is the answer: the body of a success holds nothing but the message's name.
  if (status === 200) return { kind: 'accepted', status }
  const reason = errorCode ?? (code?.startsWith('messaging/') ? code : `status ${status}`)
  if (status === 400 && isBadToken) {
    return { kind: 'rejected', status, reason, why: 'token-malformed', aboutToken: true }
  }
  const why = fcmFaults[errorCode ?? '']
  switch (byErrorCode[errorCode ?? ''] ?? byStatus(status)) {
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

/** A 404 without UNREGISTERED is not about the token: the project does not exist. */
const byStatus = (status: number) =>
  status === 401 || status === 408 || status === 429 || status >= 500 ? 'retryable' : 'rejected'

/** No answer: the request never left, or nobody knows whether it arrived. */
function classifyBroken(answer: Extract<FcmAnswer, { kind: 'broken' }>): Outcome {
  if (answer.by === 'us') return { kind: 'retryable', reason: answer.reason, delivered: 'maybe' }
  const { code } = answer
  if (code === 'messaging/invalid-argument' || code === 'messaging/invalid-payload') {
    return { kind: 'rejected', reason: code, isUnsent: true }
  }
  const isUnsent = code === 'app/invalid-credential' || neverArrived(code)
  return {
    kind: 'retryable',
    reason: code,
    delivered: isUnsent ? 'no' : 'maybe',
    ...(isUnsent && { isUnsent }),
  }
}

const errorShape = z.object({
  code: z.string(),
  httpResponse: z.object({ status: z.number().optional(), data: z.unknown() }).optional(),
})

/** Accepts only text in the form of Google's codes. */
const googlesCode = z
  .string()
  .regex(/^[A-Z_]{1,60}$/)
  .optional()
  .catch(undefined)

/** Which fields of the request are wrong. */
const violations = z
  .array(z.object({ field: z.string() }))
  .optional()
  .catch(undefined)

const answerShape = z.object({
  error: z.object({
    status: googlesCode,
    details: z.array(z.looseObject({ errorCode: googlesCode, fieldViolations: violations })).optional(),
  }),
})

/** The parts of an error from firebase-admin that are safe to keep. */
export interface FcmFailure {
  code: string
  /** Undefined if FCM did not answer. */
  status?: number | undefined
  errorCode?: string | undefined
  isBadToken?: boolean | undefined
}

/** Reads an error that firebase-admin threw. */
export function readFailure(error: unknown): FcmFailure {
  const parsed = errorShape.safeParse(error)
  if (!parsed.success) return { code: error instanceof RangeError ? 'messaging/invalid-payload' : 'unknown' }
  const { code, httpResponse } = parsed.data
  const answer = answerShape.safeParse(httpResponse?.data).data?.error
  const errorCode = answer?.details?.find(detail => detail.errorCode)?.errorCode
  const wrong = answer?.details?.flatMap(detail => detail.fieldViolations ?? []) ?? []
  return {
    code,
    status: httpResponse?.status,
    // NOT_FOUND without details comes from Google's gateway. It is not what FCM says about a token.
    errorCode: errorCode ?? answer?.status,
    isBadToken:
      wrong.length > 0 && wrong.every(({ field }) => field === 'message.token' || field === 'message.fid'),
  }
}
