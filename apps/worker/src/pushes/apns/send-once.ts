import type apn from '@parse/node-apn'
import type { TimeLimit } from '../create-time-limit.ts'
import { parseRetryAfter } from '../parse-retry-after.ts'
import type { ApnsAnswer } from './classify-response.ts'
import { cancelStream, type WatchedStream, watchStream } from './watch-stream.ts'

/** One push under way. */
export interface Sending {
  /** Never rejects. */
  answer: Promise<ApnsAnswer>
  /** Ends the wait for an answer now. */
  giveUp(why: string): void
}

/**
 * Sends one push on a Provider, once, and waits for the whole answer so long and no longer: node-apn's own limit begins
 * anew with every byte that arrives. What is known by then counts: the status is the answer, its body only the reason.
 */
export function sendOnce(
  provider: apn.Provider,
  push: { notification: apn.Notification; token: string },
  limit: TimeLimit,
  clock: () => number,
): Sending {
  const { result, seen } = watchStream(() => provider.send(push.notification, push.token))
  let giveUp: Sending['giveUp'] = () => {}
  const answer = new Promise<ApnsAnswer>(resolve => {
    const settle = (answer: ApnsAnswer) => {
      endLimit()
      resolve({ ...answer, ...seenOf(seen, clock()) })
    }
    giveUp = why => {
      settle({ error: why })
      cancelStream(seen)
    }
    const endLimit = limit.start(() => giveUp('no answer in time'))
    result.then(
      responses => settle(toAnswer(responses)),
      (error: unknown) =>
        settle({ error: error instanceof Error ? error.name : 'the push could not be sent' }),
    )
  })
  return { answer, giveUp: why => giveUp(why) }
}

function seenOf({ status, retryAfter }: WatchedStream, now: number): Partial<ApnsAnswer> {
  return status === undefined ? {} : { status, retryAfterMs: parseRetryAfter(retryAfter, now) }
}

type Responses = Awaited<ReturnType<apn.Provider['send']>>

/** Takes over what is known, and leaves the device token behind. */
function toAnswer({ sent, failed }: Responses): ApnsAnswer {
  if (sent.length > 0) return { status: 200 }
  const [failure] = failed
  if (!failure) return { error: 'no answer' }
  // Typed as a string, a number at run time.
  const timestamp = Number(failure.response?.timestamp)
  return {
    status: typeof failure.status === 'number' ? failure.status : undefined,
    reason: failure.response?.reason ?? keptReason(failure.status, failure.error?.message),
    timestamp: Number.isFinite(timestamp) ? timestamp : undefined,
    error: failure.error?.message,
  }
}

/** node-apn keeps Apple's reason for itself in two cases: it is the error's message, or there is only one that it can be. */
function keptReason(status: number | string | undefined, message: string | undefined): string | undefined {
  if (message === undefined) return undefined
  return status === 500 ? 'InternalServerError' : message
}
