/** Why a request was refused, for the operator: in the log and in the metric, never in an answer. */
export const refusalReasons = [
  'no_credentials',
  /** Not what the route understands: another scheme, no base64, no hex. */
  'malformed_credentials',
  'unknown_user',
  'wrong_password',
  /** Basic, but COMETCHAT_WEBHOOK_USERNAME is not set. */
  'login_without_configured_user',
  /** A signature, but COMETCHAT_WEBHOOK_SECRET is not set, or the route takes Basic only. */
  'signature_without_configured_secret',
  'wrong_signature',
  'wrong_key',
  'expired',
  'wrong_audience',
  'wrong_issuer',
  /** A JWT without `exp` or `iat`. */
  'missing_claim',
  'invalid_jwt',
  'unknown_auth_token',
  'wrong_app',
] as const

export type RefusalReason = (typeof refusalReasons)[number]
