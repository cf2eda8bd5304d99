import type { Message, Messaging } from 'firebase-admin/messaging'
import type { Seat } from '../sending/connections/create-seats.ts'
import { createTimeLimit } from '../sending/create-time-limit.ts'
import type { Departure } from '../sending/listen.ts'
import { parseRetryAfter } from '../sending/parse-retry-after.ts'
import type { AccessTokens } from './access-token.ts'
import { type FcmAnswer, type FcmFailure, readFailure } from './classify-response.ts'
import { cutRequest, type FcmAgent, type WatchedRequest } from './fcm-agent.ts'

/** What sending needs. */
export interface FcmClient {
  agent: FcmAgent
  accessTokens: AccessTokens
  messaging: Messaging
}

/**
 * How long the body of a 200 may take after its headers. Nothing in it is needed, but its end frees the connection for the
 * next push. A connection on which it does not end by then is closed.
 */
const BODY_LIMIT_MS = 500

const bodyLimit = createTimeLimit(BODY_LIMIT_MS)

/**
 * Sends one push by one request, on a connection that is open. It stays open until FCM answers, the connection breaks, or it is cancelled. A 200 is
 * accepted whatever its body is; the body of a refusal has its reason.
 *
 * @param seat released when the request has its connection, or there will be none
 * @param options.dryRun FCM checks the push and delivers it to nobody (`validate_only`). Default: false
 */
export function sendOnce(
  { agent, accessTokens, messaging }: FcmClient,
  message: Message,
  seat: Seat,
  clock: () => number,
  { dryRun = false }: { dryRun?: boolean } = {},
): Departure<FcmAnswer> {
  const attempt: WatchedRequest = { over: false, onRequest: seat.release }
  let cancel = () => {}
  const answer = new Promise<FcmAnswer>(resolve => {
    let endBodyLimit = () => {}
    /** If a status has arrived, it is FCM's answer, however the request ended afterwards. */
    const settle = (unanswered: FcmAnswer, failure?: FcmFailure) => {
      attempt.over = true
      seat.release()
      endBodyLimit()
      const { status = failure?.status, retryAfter } = attempt
      if (status === 401) accessTokens.drop(attempt.request?.getHeader('authorization'))
      if (!status) return resolve(unanswered)
      const { code, errorCode, isBadToken } = failure ?? {}
      const retryAfterMs = parseRetryAfter(retryAfter, clock())
      resolve({ kind: 'answered', status, code, errorCode, isBadToken, retryAfterMs })
    }
    const fail = (failure: FcmFailure) => {
      const code = attempt.errorCode ?? failure.code
      settle({ kind: 'broken', by: 'firebase-admin', code }, { ...failure, code })
    }
    cancel = () => {
      settle(noAnswer)
      cutRequest(attempt)
    }
    attempt.onHeaders = () => {
      if (attempt.status === 200) endBodyLimit = bodyLimit.start(cancel)
      // After a 503, firebase-admin waits and sends again. The agent refuses that request, and nobody waits for it here.
      if (attempt.status === 503) fail({ code: 'messaging/server-unavailable' })
    }
    agent
      .watch(attempt, async () => messaging.send(message, dryRun))
      .then(
        () => settle(noAnswer),
        (error: unknown) => fail(readFailure(error)),
      )
  })
  return { answer, cancel: () => cancel() }
}

/** The answer of a push that got none in time. */
export const noAnswer: FcmAnswer = { kind: 'broken', by: 'us', reason: 'no answer in time' }
