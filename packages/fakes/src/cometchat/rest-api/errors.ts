import type { FakeAnswer } from '../../wire/judge-push.ts'

/**
 * CometChat's error codes, each with its HTTP status.
 * https://www.cometchat.com/docs/articles/error-guide
 */
export const COMETCHAT_ERRORS = {
  AUTH_ERR_EMPTY_APIKEY: 401,
  AUTH_ERR_APIKEY_NOT_FOUND: 401,
  AUTH_ERR_NO_ACCESS: 403,
  ERR_GUID_NOT_FOUND: 404,
  ERR_UID_NOT_FOUND: 404,
  ERR_AUTH_TOKEN_NOT_FOUND: 404,
  ERR_BAD_REQUEST: 400,
  ERR_TOO_MANY_REQUESTS: 429,
} as const

export type CometChatErrorCode = keyof typeof COMETCHAT_ERRORS

const CODE_OF_STATUS: Readonly<Record<number, CometChatErrorCode>> = {
  400: 'ERR_BAD_REQUEST',
  401: 'AUTH_ERR_APIKEY_NOT_FOUND',
  403: 'AUTH_ERR_NO_ACCESS',
  404: 'ERR_GUID_NOT_FOUND',
  429: 'ERR_TOO_MANY_REQUESTS',
}

/** CometChat's error envelope. */
export function cometchatErrorBody(status: number, code: string | null, message?: string): string {
  const known = code ?? CODE_OF_STATUS[status] ?? 'ERR_INTERNAL_SERVER_ERROR'
  return JSON.stringify({ error: { code: known, message: message ?? `The request failed with ${known}.` } })
}

/** A refusal. CometChat's messages repeat what they were given, keys and tokens too. */
export const refusal = (reason: CometChatErrorCode, message: string): FakeAnswer => ({
  status: COMETCHAT_ERRORS[reason],
  reason,
  message,
})
