import type apn from '@parse/node-apn'
import { createTimeLimit } from '../../sending/create-time-limit.ts'
import { parseRetryAfter } from '../../sending/parse-retry-after.ts'
import type { ApnsAnswer, GivenUp } from '../classify-response.ts'
import { cancelStream, type WatchedStream, watchStream } from './watch-stream.ts'

/** One push under way. */
export interface Sending {
  /** Never rejects. */
  answer: Promise<ApnsAnswer>
  /** Ends the wait for an answer now. */
  giveUp(because: GivenUp): void
}

/** How long the body of an answer may take after its status. The status is the answer; the body only holds the reason. */
const bodyLimit = createTimeLimit(500)

/**
 * Sends one push on a Provider, once, and waits for the answer until it is given up. node-apn's own limit starts anew with
 * every byte that arrives, so it is turned off.
 */
export function sendOnce(
  provider: apn.Provider,
  push: { notification: apn.Notification; token: string },
  clock: () => number,
): Sending {
  const { result, seen } = watchStream(() => provider.send(push.notification, push.token))
  let endBodyLimit = () => {}
  let giveUp: Sending['giveUp'] = () => {}
  const answer = new Promise<ApnsAnswer>(resolve => {
    const settle = (answer: ApnsAnswer) => {
      endBodyLimit()
      resolve(withSeen(answer, seen, clock()))
    }
    giveUp = reason => {
      settle({ kind: 'broken', by: 'us', reason })
      cancelStream(seen)
    }
    seen.onHeaders = () => {
      endBodyLimit = bodyLimit.start(() => giveUp('no answer in time'))
    }
    result.then(
      responses => settle(toAnswer(responses)),
      (error: unknown) =>
        settle({ kind: 'broken', by: 'node-apn', message: error instanceof Error ? error.name : 'unknown' }),
    )
  })
  return { answer, giveUp: because => giveUp(because) }
}

/** Adds what was seen on the stream: a status that node-apn did not report, and `Retry-After`, which it never does. */
function withSeen(answer: ApnsAnswer, { status, retryAfter }: WatchedStream, now: number): ApnsAnswer {
  if (status === undefined) return answer
  const known = answer.kind === 'answered' ? answer : { kind: 'answered' as const }
  return { ...known, status, retryAfterMs: parseRetryAfter(retryAfter, now) }
}

type Responses = Awaited<ReturnType<apn.Provider['send']>>

/** Copies what is known, without the device token. */
function toAnswer({ sent, failed }: Responses): ApnsAnswer {
  if (sent.length > 0) return { kind: 'answered', status: 200 }
  const [failure] = failed
  const message = failure?.error?.message ?? 'no answer'
  if (typeof failure?.status !== 'number') return { kind: 'broken', by: 'node-apn', message }
  // Typed as a string, a number at run time.
  const timestamp = Number(failure.response?.timestamp)
  return {
    kind: 'answered',
    status: failure.status,
    reason: failure.response?.reason ?? readReason(failure.status, failure.error?.message),
    timestamp: Number.isFinite(timestamp) ? timestamp : undefined,
  }
}

/** In two cases node-apn reports no reason. With status 500 only one is possible; otherwise it is the error's message. */
function readReason(status: number, message: string | undefined): string | undefined {
  if (message === undefined) return undefined
  return status === 500 ? 'InternalServerError' : message
}
