import { errors } from 'jose'
import type { RefusalReason } from '../../trust/refusal-reason.ts'

const OF_CLAIM: Readonly<Record<string, RefusalReason>> = {
  aud: 'wrong_audience',
  iss: 'wrong_issuer',
}

/** Tells the operator why a JWT is refused. https://github.com/panva/jose/blob/main/src/util/errors.ts */
export function reasonOfJwtError(error: errors.JOSEError): RefusalReason {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'wrong_signature'
  if (error instanceof errors.JWKSNoMatchingKey) return 'wrong_key'
  if (error instanceof errors.JWTClaimValidationFailed) {
    return OF_CLAIM[error.claim] ?? (error.reason === 'missing' ? 'missing_claim' : 'invalid_jwt')
  }
  return 'invalid_jwt'
}
