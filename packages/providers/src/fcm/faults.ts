import type { Why } from '@ringer/store'

/**
 * What Google's codes mean to somebody who looks for a mistake.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
 */
export const fcmFaults: Readonly<Record<string, Why>> = {
  SENDER_ID_MISMATCH: 'wrong-sender',
  THIRD_PARTY_AUTH_ERROR: 'provider-credentials',
  PERMISSION_DENIED: 'provider-credentials',
  UNAUTHENTICATED: 'provider-credentials',
  NOT_FOUND: 'provider-credentials',
  QUOTA_EXCEEDED: 'provider-quota',
}
