import type { z } from 'zod'
import type { RefusalReason } from '../trust/refusal-reason.ts'

/** Why a request is refused, and how that is answered. */
export interface RequestRefusal {
  status: 400 | 401 | 403 | 404 | 409 | 415 | 429 | 503
  code: string
  message: string
  /** Logged in place of `message`: what the operator should know and the caller should not. */
  reason?: string | undefined
  /** Which credential is missing or wrong, for the log and the metric. */
  why?: RefusalReason | undefined
  /** How long to wait before trying again, ms. */
  retryAfterMs?: number
}

export const invalid = (message: string): RequestRefusal => ({
  status: 400,
  code: 'invalid_registration',
  message,
})

/** Names every field that is wrong, and repeats no value. */
export const invalidFields = (error: z.ZodError): RequestRefusal =>
  invalid(error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; '))

export const wrongApp = (message: string): RequestRefusal => ({
  ...{ status: 400, code: 'wrong_app', message },
  why: 'wrong_app',
})

export const noCredential: RequestRefusal = {
  status: 401,
  code: 'unauthorized',
  message: 'the Authorization header is missing, or holds the credential of no app that this server serves',
}

export const tooManyFailures = (retryAfterMs: number): RequestRefusal => ({
  status: 429,
  code: 'too_many_requests',
  message: 'too many requests with missing or wrong credentials came from this address; try again later',
  retryAfterMs,
})

export const wrongUser: RequestRefusal = {
  status: 403,
  code: 'wrong_user',
  message: 'uid: is not the user that the credential in the Authorization header belongs to',
}

export const tooMany = (retryAfterMs: number): RequestRefusal => ({
  status: 429,
  code: 'too_many_requests',
  message: "this user's phones were changed or listed too often within a minute; try again later",
  retryAfterMs,
})

export const tooManyMoves = (retryAfterMs: number): RequestRefusal => ({
  status: 429,
  code: 'too_many_moves',
  message: 'token: this user has taken too many tokens from other users within a day; unregister at logout',
  retryAfterMs,
})

export const tokenOfAnotherUser: RequestRefusal = {
  status: 409,
  code: 'token_of_another_user',
  message:
    'token: belongs to another user, and REGISTRATION_MOVE=same-device moves it only with the deviceId under which that ' +
    'user registered it; unregister it before the logout, or send the same deviceId',
}

export const notStored = (reason: string): RequestRefusal => ({
  status: 503,
  code: 'unavailable',
  message: 'this request could not be completed in time; try again',
  reason,
  retryAfterMs: 1_000,
})

export const unknownDevice: RequestRefusal = {
  status: 404,
  code: 'unknown_device',
  message: 'deviceId: this user has no phone registered with this id or token',
}

export const unknownCall: RequestRefusal = {
  status: 404,
  code: 'unknown_call',
  message: 'sessionId: no call of this session has rung this user',
}

export const webPushOff: RequestRefusal = {
  status: 404,
  code: 'web_push_off',
  message: 'browsers are not rung here: VAPID_PUBLIC_KEY is not set for the ingress',
}
