import { uid } from '@ringer/payloads'
import { z } from 'zod'
import type { Answer } from './create-ask.ts'
import { explainFailure } from './explain-failure.ts'

/**
 * The user of an auth token. `refused`: the token is not valid, and its user must log in again. `unavailable`: the token
 * could not be checked, ask again later. `limited`: this caller asked too often.
 */
export type AuthTokenCheck =
  | { ok: true; uid: string }
  | { ok: false; kind: 'refused' | 'unavailable' | 'limited'; reason: string; retryAfterMs?: number }

export const refused = (reason: string): AuthTokenCheck => ({ ok: false, kind: 'refused', reason })
export const unavailable = (reason: string): AuthTokenCheck => ({ ok: false, kind: 'unavailable', reason })

const known = z.object({ data: z.object({ uid, authToken: z.string() }) })

/** With these codes CometChat says that the token does not log in this user. A deactivated user counts as not found. */
const TOKEN_ERRORS = [
  'ERR_AUTH_TOKEN_NOT_FOUND',
  'AUTH_ERR_AUTH_TOKEN_NOT_FOUND',
  'ERR_AUTHTOKEN_NOT_ACCESSIBLE',
  'ERR_UID_NOT_FOUND',
]

/**
 * Reads what CometChat's answer says about an auth token. An answer that does not contain the token itself does not count:
 * unusual characters in the token may have led to another resource.
 *
 * https://www.cometchat.com/docs/rest-api/auth-tokens/get, https://www.cometchat.com/docs/articles/error-guide
 */
export function readTokenAnswer(answer: Answer, authToken: string): AuthTokenCheck {
  if (answer.ok) {
    const { data: token } = known.safeParse(answer.body)
    if (token?.data.authToken === authToken) return { ok: true, uid: token.data.uid }
    return unavailable(explainFailure({ status: 200, problem: 'not about the auth token' }).reason)
  }
  const { status, code } = answer
  const aboutRequest = (status === 404 || status === 400) && code?.startsWith('ERR_')
  if (code && (aboutRequest || TOKEN_ERRORS.includes(code)))
    return refused(`CometChat does not know the auth token (${code})`)
  return unavailable(explainFailure(answer).reason)
}
