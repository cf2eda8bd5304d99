/**
 * FCM's error codes, with the HTTP status and the canonical code that they come with.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
 */
export const FCM_ERRORS = {
  INVALID_ARGUMENT: { http: 400, canonical: 'INVALID_ARGUMENT' },
  THIRD_PARTY_AUTH_ERROR: { http: 401, canonical: 'UNAUTHENTICATED' },
  SENDER_ID_MISMATCH: { http: 403, canonical: 'PERMISSION_DENIED' },
  UNREGISTERED: { http: 404, canonical: 'NOT_FOUND' },
  QUOTA_EXCEEDED: { http: 429, canonical: 'RESOURCE_EXHAUSTED' },
  INTERNAL: { http: 500, canonical: 'INTERNAL' },
  UNAVAILABLE: { http: 503, canonical: 'UNAVAILABLE' },
} as const

export type FcmErrorCode = keyof typeof FCM_ERRORS

/** Google's canonical codes by HTTP status. https://cloud.google.com/apis/design/errors#handling_errors */
const CANONICAL_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

/** Google's error envelope. A code that is none of FCM's own (a bad access token, say) comes without FcmError. */
export function fcmErrorBody(status: number, code: string | null, message?: string): string {
  const fcm = Object.entries(FCM_ERRORS).find(([name]) => name === code)?.[1]
  const canonical = fcm?.canonical ?? CANONICAL_OF_STATUS[status] ?? code ?? 'UNKNOWN'
  const details = fcm
    ? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: code }]
    : []
  return JSON.stringify({
    error: { code: status, message: message ?? code ?? canonical, status: canonical, details },
  })
}
