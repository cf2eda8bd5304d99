import { createPublicKey, randomBytes } from 'node:crypto'
import type { StandInCredentials } from '../create-stand-in-credentials.ts'
import { parseJwt } from '../wire/parse-jwt.ts'

export interface AccessTokenIssuer {
  /** Exchanges the body of a token request for an access token. */
  grant(form: string): TokenAnswer
  /** Whether this `authorization` has an access token that was issued here and has not expired. */
  isValid(authorization: string | undefined): boolean
  /** Makes every token that was issued before invalid. */
  revoke(): void
}

export type TokenAnswer =
  | { status: 200; body: { access_token: string; expires_in: number; token_type: 'Bearer' } }
  | {
      status: 400
      body: { error: 'unsupported_grant_type' | 'invalid_grant' | 'invalid_scope'; error_description: string }
    }

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const SCOPES = [
  'https://www.googleapis.com/auth/firebase.messaging',
  'https://www.googleapis.com/auth/cloud-platform',
]
/** Google's own token endpoints. A client library may sign for these even if it sends the request elsewhere. */
const AUDIENCES = ['https://oauth2.googleapis.com/token', 'https://accounts.google.com/o/oauth2/token']
const MAX_LIFE_S = 3600
const SKEW_S = 60

/**
 * Issues access tokens to the service account, as Google's OAuth endpoint does. The request must have a JWT signed with
 * RS256: `iss` is the account's address, `aud` the endpoint, `scope` allows messaging, and `exp` is at most an hour
 * after `iat`.
 * https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests
 */
export function createAccessTokenIssuer(options: {
  fcm: StandInCredentials['fcm']
  clock: () => number
  /** How long a token is valid. */
  seconds: number
  /** This endpoint's own URL. */
  tokenUrl: string
}): AccessTokenIssuer {
  const { fcm, clock, seconds, tokenUrl } = options
  const key = createPublicKey(fcm.publicKey)
  const expiries = new Map<string, number>()

  function refusalOf(assertion: string): TokenAnswer | null {
    const claims = parseJwt(assertion, 'RS256', key)?.claims
    if (!claims) return refuse('invalid_grant', 'Invalid JWT Signature.')
    if (claims.iss !== fcm.clientEmail) return refuse('invalid_grant', 'Invalid grant: account not found')
    if (![...AUDIENCES, tokenUrl].some(audience => audience === claims.aud)) {
      return refuse('invalid_grant', 'Invalid JWT: wrong audience.')
    }
    if (!isTimely(claims, clock() / 1000)) {
      const message = 'Invalid JWT: Token must be a short-lived token and in a reasonable timeframe.'
      return refuse('invalid_grant', message)
    }
    const scopes = typeof claims.scope === 'string' ? claims.scope.split(' ') : []
    if (scopes.some(scope => SCOPES.includes(scope))) return null
    return refuse('invalid_scope', 'Invalid OAuth scope or ID token audience provided.')
  }

  return {
    grant(form) {
      const fields = new URLSearchParams(form)
      if (fields.get('grant_type') !== GRANT) return refuse('unsupported_grant_type', 'Invalid grant_type')
      const refusal = refusalOf(fields.get('assertion') ?? '')
      if (refusal) return refusal
      const token = `ya29.stand-in-${randomBytes(24).toString('base64url')}`
      expiries.set(token, clock() + seconds * 1000)
      return { status: 200, body: { access_token: token, expires_in: seconds, token_type: 'Bearer' } }
    },
    isValid(authorization) {
      const token = /^bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? ''
      return (expiries.get(token) ?? 0) > clock()
    },
    revoke: () => expiries.clear(),
  }
}

function isTimely({ iat, exp }: Record<string, unknown>, now: number): boolean {
  if (typeof iat !== 'number' || typeof exp !== 'number') return false
  return iat <= now + SKEW_S && exp > now && exp - iat <= MAX_LIFE_S
}

function refuse(
  error: 'unsupported_grant_type' | 'invalid_grant' | 'invalid_scope',
  description: string,
): TokenAnswer {
  return { status: 400, body: { error, error_description: description } }
}
