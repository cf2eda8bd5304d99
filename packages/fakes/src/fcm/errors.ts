/**
 * FCM's error codes, each with its HTTP status and canonical code.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
 */
export const fcmErrors = {
  INVALID_ARGUMENT: { http: 400, canonical: 'INVALID_ARGUMENT' },
  THIRD_PARTY_AUTH_ERROR: { http: 401, canonical: 'UNAUTHENTICATED' },
  SENDER_ID_MISMATCH: { http: 403, canonical: 'PERMISSION_DENIED' },
  UNREGISTERED: { http: 404, canonical: 'NOT_FOUND' },
  QUOTA_EXCEEDED: { http: 429, canonical: 'RESOURCE_EXHAUSTED' },
  INTERNAL: { http: 500, canonical: 'INTERNAL' },
  UNAVAILABLE: { http: 503, canonical: 'UNAVAILABLE' },
} as const

export type FcmErrorCode = keyof typeof fcmErrors

/** Google's canonical codes by HTTP status. https://cloud.google.com/apis/design/errors#handling_errors */
const canonicalOfStatus: Readonly<Record<number, string>> = {
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

/** Google's error body. It has FcmError details only for FCM's own codes, not for a bad access token, for example. */
export function fcmErrorBody(status: number, code: string | null, message?: string): string {
  const fcm = Object.entries(fcmErrors).find(([name]) => name === code)?.[1]
  const canonical = fcm?.canonical ?? canonicalOfStatus[status] ?? code ?? 'UNKNOWN'
  const details = fcm
    ? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: code }]
    : []
  return JSON.stringify({
    error: { code: status, message: message ?? code ?? canonical, status: canonical, details },
  })
}
