import type { IncomingMessage } from 'node:http'
import { request as requestTls } from 'node:https'
import { limitInterimAnswers } from '@ringer/service'
import type { Seat } from '../sending/connections/create-seats.ts'
import type { WatchfulAgent } from '../sending/connections/watchful-agent.ts'
import { createTimeLimit } from '../sending/create-time-limit.ts'
import type { Departure } from '../sending/listen.ts'
import { parseRetryAfter } from '../sending/parse-retry-after.ts'
import type { PushRequest } from './build-push.ts'
import { readReason, type WebPushAnswer } from './classify-response.ts'

/** The answer of a push that got none in time. */
export const noAnswer: WebPushAnswer = { kind: 'unanswered' }

/**
 * How long the body of an answer may take after its headers. It holds at most a reason, and its end frees the connection for the
 * next push. A connection on which it does not end by then is closed.
 */
const BODY_LIMIT_MS = 500
const bodyLimit = createTimeLimit(BODY_LIMIT_MS)

/** A reason is shorter. Only an unknown endpoint sends more. */
const MAX_BODY_BYTES = 4_096

/**
 * Sends one push by one request on a connection that is open, and follows no redirect. It stays open until the push service answers, the connection breaks, or
 * it is cancelled. The status is the answer, whatever becomes of the body.
 *
 * @param seat released when the request has its connection
 * @param clock epoch ms
 */
export function sendOnce(
  agent: WatchfulAgent,
  { endpoint, headers, body }: PushRequest,
  seat: Seat,
  clock: () => number,
): Departure<WebPushAnswer> {
  let cancel = () => {}
  const answer = new Promise<WebPushAnswer>(resolve => {
    const call = requestTls(endpoint, { method: 'POST', agent, headers }, response => {
      const { statusCode: status = 0 } = response
      const retryAfterMs = parseRetryAfter(response.headers['retry-after'], clock())
      void readBody(response).then(text => {
        resolve({ kind: 'answered', status, reason: readReason(text), retryAfterMs })
      })
    })
    limitInterimAnswers(call)
    call.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'broken', code: error.code ?? 'unknown' }),
    )
    cancel = () => {
      resolve(noAnswer)
      call.destroy()
    }
    call.end(body)
    seat.release()
  })
  return { answer, cancel: () => cancel() }
}

/** Reads what arrives of a body within the limits. */
function readBody(response: IncomingMessage): Promise<string> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let size = 0
    const endLimit = bodyLimit.start(() => response.destroy())
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > MAX_BODY_BYTES) response.destroy()
    })
    response.on('error', () => undefined)
    response.on('close', () => {
      endLimit()
      resolve(Buffer.concat(chunks).toString('utf8'))
    })
  })
}
