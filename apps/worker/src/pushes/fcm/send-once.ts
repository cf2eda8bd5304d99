import type { Message, Messaging } from 'firebase-admin/messaging'
import type { TimeLimit } from '../create-time-limit.ts'
import { parseRetryAfter } from '../parse-retry-after.ts'
import { type AccessTokens, NoAccessTokenError } from './access-token.ts'
import { type FcmAnswer, readFailure } from './classify-response.ts'
import { cutRequest, type FcmAgent, type WatchedRequest } from './fcm-agent.ts'

/** What sending takes. */
export interface FcmLine {
  agent: FcmAgent
  accessTokens: AccessTokens
  messaging: Messaging
}

/**
 * Sends one push by one request, and waits for the whole answer so long and no longer; the wait for an access token, when
 * there is none, is part of it. Never rejects.
 *
 * @param build makes the message, just before it leaves: its ttl is what is left by then
 */
export function sendOnce(
  { agent, accessTokens, messaging }: FcmLine,
  build: () => Message,
  limit: TimeLimit,
  clock: () => number,
): Promise<FcmAnswer> {
  const attempt: WatchedRequest = { over: false }
  return new Promise(resolve => {
    const settle = (answer: FcmAnswer) => {
      attempt.over = true
      const { status, retryAfter } = attempt
      if (status === 401) accessTokens.drop(attempt.request?.getHeader('authorization'))
      resolve({ ...answer, ...(status && { status, retryAfterMs: parseRetryAfter(retryAfter, clock()) }) })
    }
    const endLimit = limit.start(() => {
      settle({ code: attempt.request ? 'no answer in time' : 'no access token in time' })
      cutRequest(attempt)
    })
    // firebase-admin sleeps on a 503, and sends again; that request is not let out, and its end awaited by nobody.
    attempt.onHeaders = () => attempt.status === 503 && settle({ code: 'messaging/server-unavailable' })
    const sending = agent.watch(attempt, async () => {
      await accessTokens.getAccessToken()
      if (attempt.over) throw new NoAccessTokenError('no access token in time')
      return messaging.send(build())
    })
    sending
      .then(
        () => settle({ accepted: true }),
        (error: unknown) =>
          settle(
            error instanceof NoAccessTokenError
              ? { code: error.message }
              : { ...readFailure(error), ...(attempt.errorCode && { code: attempt.errorCode }) },
          ),
      )
      .finally(endLimit)
  })
}
