import type { z } from 'zod'

/** Why a request is not done; `reason` is for the log, where the caller need not know it. */
export interface Refusal {
  status: 400 | 401 | 403 | 404 | 415 | 429 | 501 | 503
  code: string
  message: string
  reason?: string | undefined
  /** How long to wait before trying again, ms. */
  retryAfterMs?: number
}

export const invalid = (message: string): Refusal => ({ status: 400, code: 'invalid_registration', message })

/** Names every field that is wrong, and repeats none of them. */
export const invalidFields = (error: z.ZodError): Refusal =>
  invalid(error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; '))

export const wrongApp = (message: string): Refusal => ({ status: 400, code: 'wrong_app', message })

export const wrongUser: Refusal = {
  status: 403,
  code: 'wrong_user',
  message: 'uid: is not the user whose credential is in the Authorization header',
}

export const tooMany = (retryAfterMs: number): Refusal => ({
  status: 429,
  code: 'too_many_requests',
  message: "this user's phones were changed or listed too often within a minute; try again later",
  retryAfterMs,
})

export const notStored = (reason: string): Refusal => ({
  status: 503,
  code: 'unavailable',
  message: 'this could not be done in time; try again',
  reason,
  retryAfterMs: 1_000,
})

export const unknownDevice: Refusal = {
  status: 404,
  code: 'unknown_device',
  message: 'deviceId: no phone of this user is registered by this id, or this token',
}

export const webPushUnsupported: Refusal = {
  status: 501,
  code: 'web_push_unsupported',
  message: 'Ringer rings iPhones and Android phones, not browsers; those register at POST /api/push/register',
}
