import { errors, type JWTVerifyOptions, type JWTVerifyResult, jwtVerify } from 'jose'
import { createKeySet } from './create-key-set.ts'

/** How JWTs are verified. The previous secret is accepted as well, while their issuer changes to the new one. */
export type JwtAuth = ({ secret: string; previousSecret?: string | undefined } | { jwksUrl: string }) &
  ExpectedClaims

/**
 * What the claims of a JWT must be. `exp` and `iat` are required in any case: somebody who has seen a JWT without them could
 * register phones with it for ever.
 */
export interface ExpectedClaims {
  /**
   * `iss` and `aud`, if configured. A key set may sign for others as well: Firebase Authentication's signs for every Firebase
   * project, and anybody can have a user `bob` in their own.
   * https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library
   */
  issuer?: string | undefined
  audience?: string | undefined
  /** The greatest age, measured from `iat`, whatever `exp` says. Default: a day. */
  maxAgeSeconds?: number | undefined
}

const DAY_SECONDS = 86_400

/** How far the issuer's clock may be from this machine's. */
const CLOCK_TOLERANCE_SECONDS = 30

/**
 * Creates the check of JWTs. It rejects with jose's error, or if the key set cannot be fetched, with another one.
 *
 * Each kind of check names its algorithms, so that a public key is never used as a shared secret.
 */
export function createJwtVerifier(auth: JwtAuth): (jwt: string) => Promise<JWTVerifyResult> {
  const { issuer, audience, maxAgeSeconds = DAY_SECONDS } = auth
  const expected: JWTVerifyOptions = {
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    requiredClaims: ['exp'],
    maxTokenAge: maxAgeSeconds,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  }
  if ('jwksUrl' in auth) {
    const keys = createKeySet(auth.jwksUrl)
    const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA']
    return jwt => jwtVerify(jwt, keys, { ...expected, algorithms })
  }
  const { secret, previousSecret } = auth
  const verifyWith = (secretText: string) => {
    const key = new TextEncoder().encode(secretText)
    return (jwt: string) => jwtVerify(jwt, key, { ...expected, algorithms: ['HS256', 'HS384', 'HS512'] })
  }
  const verify = verifyWith(secret)
  if (previousSecret === undefined) return verify
  const verifyPrevious = verifyWith(previousSecret)
  return jwt =>
    verify(jwt).catch(error => {
      if (error instanceof errors.JWSSignatureVerificationFailed) return verifyPrevious(jwt)
      throw error
    })
}
