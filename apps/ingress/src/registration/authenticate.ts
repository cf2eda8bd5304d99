import { createHash, timingSafeEqual } from 'node:crypto'
import { uid } from '@ringer/payloads'
import { type LookupCaller, loginOf, ownerOfToken } from '@ringer/service'
import { errors } from 'jose'
import type { RefusalReason } from '../trust/refusal-reason.ts'
import { createJwtVerifier, type JwtAuth } from './jwt/create-jwt-verifier.ts'
import { reasonOfJwtError } from './jwt/reason-of-jwt-error.ts'
import type { RequestRefusal } from './refusal.ts'

/** How callers of the registration routes are authenticated (REGISTRATION_*). `closed`: nobody may register. */
export type RegistrationAuth =
  | { kind: 'closed' }
  | { kind: 'none' }
  /** The previous key is accepted as well, while backends change to the new one. */
  | { kind: 'key'; key: string; previousKey?: string | undefined }
  | ({ kind: 'jwt' } & JwtAuth)
  | { kind: 'cometchat'; check: CheckAuthToken }

/**
 * Asks CometChat which user an auth token belongs to. `uid` is who the caller claims to be, and only a hint for which
 * user to ask about. Never rejects, takes at most 2 s, and its reasons contain no token.
 */
export type CheckAuthToken = (
  authToken: string,
  uid: string | undefined,
  caller: LookupCaller,
) => Promise<{ ok: true; uid: string } | CheckFailure>

type CheckFailure = {
  ok: false
  kind: 'refused' | 'unavailable' | 'limited'
  reason: string
  retryAfterMs?: number
}

/**
 * Whether a caller may register phones. If `uid` is set, they may do so for that user only. `login`: a hash of the auth token that
 * CometChat accepted.
 */
export type Authenticated = { ok: true; uid?: string; login?: string } | ({ ok: false } & RequestRefusal)

/** @param claimed returns the uid that the caller claims; called only if the check needs it */
export type Authenticate = (
  authorization: string | undefined,
  claimed: () => string | undefined,
  caller: LookupCaller,
) => Promise<Authenticated>

/**
 * What a request must hold for its caller to be authenticated: a header is enough, or the header and a look-up at CometChat,
 * or the uid in the body as well.
 */
export type Needs = 'header' | 'lookup' | 'body'

/** Says what is needed to authenticate a caller, so that the body of a stranger is not read for no reason. */
export function needsOf({ kind }: RegistrationAuth, authorization: string | undefined): Needs {
  const credential = bearer(authorization)
  if (kind !== 'cometchat' || credential === undefined) return 'header'
  return ownerOfToken(credential) === undefined ? 'body' : 'lookup'
}

const unauthorized = (message: string, why?: RefusalReason): Authenticated => ({
  ok: false,
  status: 401,
  code: 'unauthorized',
  message,
  why,
})

const unavailable = (message: string): Authenticated => ({
  ...{ ok: false, status: 503, code: 'unavailable', message },
  retryAfterMs: 1_000,
})

/** Creates the check that every request to the registration routes passes. */
export function createAuthenticate(auth: RegistrationAuth): Authenticate {
  switch (auth.kind) {
    case 'closed':
      return async () => ({
        ok: false,
        status: 403,
        code: 'registration_closed',
        message:
          'nobody can register: set REGISTRATION_AUTH to key, jwt or cometchat and restart the ingress',
      })
    case 'none':
      return async () => ({ ok: true })
    case 'key':
      return async authorization => {
        const given = bearer(authorization)
        if (given === undefined)
          return unauthorized('the header "Authorization: Bearer <REGISTRATION_KEY>" is missing')
        const isCurrent = equal(given, auth.key)
        const isPrevious = auth.previousKey !== undefined && equal(given, auth.previousKey)
        return isCurrent || isPrevious
          ? { ok: true }
          : unauthorized('the registration key is wrong', 'wrong_key')
      }
    case 'jwt':
      return createJwtCheck(auth)
    case 'cometchat':
      return createCometChatCheck(auth.check)
  }
}

function createCometChatCheck(check: CheckAuthToken): Authenticate {
  return async (authorization, claimed, caller) => {
    const authToken = bearer(authorization)
    if (authToken === undefined)
      return unauthorized('the header "Authorization: Bearer <the user\'s CometChat auth token>" is missing')
    const checked = await check(authToken, claimed(), caller)
    if (checked.ok) return { ok: true, uid: checked.uid, login: loginOf(authToken) }
    const { kind, reason, retryAfterMs = 1_000 } = checked
    if (kind === 'limited') return { ok: false, ...tooManyLookups, reason, retryAfterMs }
    if (kind === 'unavailable') {
      const message = 'CometChat could not be asked to check the auth token; try again'
      return { ok: false, status: 503, code: 'unavailable', message, reason, retryAfterMs }
    }
    const message = 'CometChat does not accept this auth token, or it is not the token of the user in uid'
    return { ...unauthorized(message, 'unknown_auth_token'), reason }
  }
}

const tooManyLookups = {
  status: 429,
  code: 'too_many_requests',
  message: 'too many auth tokens came from this address; try again later',
} as const

function createJwtCheck(auth: JwtAuth): Authenticate {
  const verify = createJwtVerifier(auth)
  return async authorization => {
    const token = bearer(authorization)
    if (token === undefined) return unauthorized('the header "Authorization: Bearer <JWT>" is missing')
    try {
      const { payload } = await verify(token)
      const subject = uid.safeParse(payload.sub)
      return subject.success
        ? { ok: true, uid: subject.data }
        : unauthorized("the JWT's claim sub is missing or is not a valid uid")
    } catch (error) {
      if (isAboutTheToken(error))
        return unauthorized(`the JWT is not valid: ${error.code}`, reasonOfJwtError(error))
      return unavailable('the key set at REGISTRATION_JWKS_URL could not be read; try again')
    }
  }
}

function isAboutTheToken(error: unknown): error is errors.JOSEError {
  const aboutTheKeySet = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC' && !aboutTheKeySet
}

const bearer = (authorization: string | undefined) => /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1]

function equal(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}
