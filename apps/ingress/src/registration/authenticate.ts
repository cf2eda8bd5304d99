import { createHash, timingSafeEqual } from 'node:crypto'
import { uid } from '@ringer/payloads'
import { createRemoteJWKSet, errors, type JWTVerifyOptions, jwtVerify } from 'jose'
import type { Refusal } from './refusal.ts'

/** How a registration proves itself: the variables REGISTRATION_*. `closed`: nobody may register. */
export type RegistrationAuth =
  | { kind: 'closed' }
  | { kind: 'none' }
  | { kind: 'key'; key: string }
  | ({ kind: 'jwt'; secret: string } & JwtMeant)
  | ({ kind: 'jwt'; jwksUrl: string } & JwtMeant)
  | { kind: 'cometchat'; check: CheckAuthToken }

/**
 * By whom and for whom a JWT must have been made, where that is said. A key set may sign for others as well: that of Firebase
 * Authentication signs for every project there is, and anybody can have a user `bob` in theirs.
 * https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library
 */
export interface JwtMeant {
  issuer?: string | undefined
  audience?: string | undefined
}

/**
 * Asks CometChat whose an auth token is. `uid` is who the caller says they are: a hint of whom to ask about, no more.
 * Never rejects, takes 2 s at most, and gives reasons that hold no token.
 */
export type CheckAuthToken = (
  authToken: string,
  uid: string | undefined,
) => Promise<{ ok: true; uid: string } | { ok: false; kind: 'refused' | 'unavailable'; reason: string }>

/** A caller who may register; `uid` is set when they may do so for that user only. */
export type Authenticated = { ok: true; uid?: string } | ({ ok: false } & Refusal)

/** @param claimed who the caller says they are, which not every kind wants to know */
export type Authenticate = (
  authorization: string | undefined,
  claimed: () => string | undefined,
) => Promise<Authenticated>

const unauthorized = (message: string): Authenticated => ({
  ok: false,
  status: 401,
  code: 'unauthorized',
  message,
})

const unavailable = (message: string, reason?: string): Authenticated => ({
  ...{ ok: false, status: 503, code: 'unavailable', message, reason },
  retryAfterMs: 1_000,
})

/** Creates the check that every registration goes through. */
export function createAuthenticate(auth: RegistrationAuth): Authenticate {
  switch (auth.kind) {
    case 'closed':
      return async () => ({
        ok: false,
        status: 403,
        code: 'registration_closed',
        message:
          'nobody can register: set REGISTRATION_AUTH to key, jwt, cometchat or none and restart the ingress',
      })
    case 'none':
      return async () => ({ ok: true })
    case 'key':
      return async authorization => {
        const given = bearer(authorization)
        if (given === undefined)
          return unauthorized('the header "Authorization: Bearer <REGISTRATION_KEY>" is missing')
        return equal(given, auth.key) ? { ok: true } : unauthorized('the registration key is wrong')
      }
    case 'jwt':
      return createJwtCheck(auth)
    case 'cometchat':
      return createCometChatCheck(auth.check)
  }
}

function createCometChatCheck(check: CheckAuthToken): Authenticate {
  return async (authorization, claimed) => {
    const authToken = bearer(authorization)
    if (authToken === undefined)
      return unauthorized('the header "Authorization: Bearer <the user\'s CometChat auth token>" is missing')
    const checked = await check(authToken, claimed())
    if (checked.ok) return { ok: true, uid: checked.uid }
    if (checked.kind === 'unavailable')
      return unavailable('CometChat could not be asked about the auth token; try again', checked.reason)
    const message = 'CometChat does not take this auth token, or it is not that of the user in uid'
    return { ok: false, status: 401, code: 'unauthorized', message, reason: checked.reason }
  }
}

function createJwtCheck(auth: ({ secret: string } | { jwksUrl: string }) & JwtMeant): Authenticate {
  const { issuer, audience } = auth
  const meant = { ...(issuer !== undefined && { issuer }), ...(audience !== undefined && { audience }) }
  const verify =
    'secret' in auth
      ? createSecretCheck(new TextEncoder().encode(auth.secret), meant)
      : createKeySetCheck(createRemoteJWKSet(new URL(auth.jwksUrl), { timeoutDuration: 2_000 }), meant)
  return async authorization => {
    const token = bearer(authorization)
    if (token === undefined) return unauthorized('the header "Authorization: Bearer <JWT>" is missing')
    try {
      const { payload } = await verify(token)
      const subject = uid.safeParse(payload.sub)
      return subject.success
        ? { ok: true, uid: subject.data }
        : unauthorized("the JWT has no claim sub that is a user's uid")
    } catch (error) {
      if (isAboutTheToken(error)) return unauthorized(`the JWT is not valid: ${error.code}`)
      return unavailable('the key set at REGISTRATION_JWKS_URL could not be read; try again')
    }
  }
}

// Naming the algorithms keeps a public key from being taken for a shared secret.
const createSecretCheck =
  (secret: Uint8Array, meant: Pick<JWTVerifyOptions, keyof JwtMeant>) => (token: string) =>
    jwtVerify(token, secret, { ...meant, algorithms: ['HS256', 'HS384', 'HS512'] })

const createKeySetCheck =
  (keys: ReturnType<typeof createRemoteJWKSet>, meant: Pick<JWTVerifyOptions, keyof JwtMeant>) =>
  (token: string) =>
    jwtVerify(token, keys, {
      ...meant,
      algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'],
    })

function isAboutTheToken(error: unknown): error is errors.JOSEError {
  const aboutTheKeySet = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC' && !aboutTheKeySet
}

const bearer = (authorization: string | undefined) => /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1]

function equal(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}
