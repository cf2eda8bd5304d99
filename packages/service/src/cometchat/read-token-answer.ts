import { uid } from '@ringer/payloads'
import { z } from 'zod'
import type { Answer } from './ask-cometchat.ts'
import { explainFailure } from './explain-failure.ts'

/** Whose an auth token is. `refused`: it is nobody's, ask its user to log in again. `unavailable`: nobody knows, ask later. */
export type AuthTokenCheck =
  | { ok: true; uid: string }
  | { ok: false; kind: 'refused' | 'unavailable'; reason: string }

export const refused = (reason: string): AuthTokenCheck => ({ ok: false, kind: 'refused', reason })
export const unavailable = (reason: string): AuthTokenCheck => ({ ok: false, kind: 'unavailable', reason })

const known = z.object({ data: z.object({ uid, authToken: z.string() }) })

/** Of these CometChat says that the token is not one by which this user is logged in; a deactivated user is not found. */
const ABOUT_THE_TOKEN = [
  'ERR_AUTH_TOKEN_NOT_FOUND',
  'AUTH_ERR_AUTH_TOKEN_NOT_FOUND',
  'ERR_AUTHTOKEN_NOT_ACCESSIBLE',
  'ERR_UID_NOT_FOUND',
]

/**
 * What CometChat's answer says of an auth token. An answer that does not name this very token is none: it may be about
 * something else that a strange token's characters led to.
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
  if (code && (aboutRequest || ABOUT_THE_TOKEN.includes(code)))
    return refused(`CometChat does not know the auth token (${code})`)
  return unavailable(explainFailure(answer).reason)
}
