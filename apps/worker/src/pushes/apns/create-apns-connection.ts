import apn from '@parse/node-apn'
import { parseRetryAfter } from '../parse-retry-after.ts'
import type { ApnsAnswer } from './classify-response.ts'
import { noteResponseHeaders } from './response-headers.ts'

/** Where APNs is, and who we are to it. */
export interface ApnsAccount {
  key: string
  keyId: string
  teamId: string
  production: boolean
  /** https, with a port if it is not 443. */
  url: string
  /** A certificate to trust beside the system's, PEM: for a stand-in. */
  ca: string | undefined
}

/**
 * An attempt that has not been answered by then is given up: half of what is promised for a connection that went
 * silent, so that the ring still leaves on a fresh one in time.
 */
export const ATTEMPT_LIMIT_MS = 2_000

/** shutdown()'s callback never comes for a connection that was refused. */
const SHUTDOWN_LIMIT_MS = 1_000

/** The connection to one of Apple's environments: always one that answers. */
export interface ApnsConnection {
  /** Sends one push, on the current connection. Never rejects. */
  send(notification: apn.Notification, token: string): Promise<ApnsAnswer>
  close(): Promise<void>
}

/** A node-apn Provider, which is one HTTP/2 connection, and what is going on on it. */
interface Line {
  provider: apn.Provider
  inHand: Set<Promise<unknown>>
  /** Set while the line's first push is under way. */
  firstPush: Promise<ApnsAnswer> | undefined
  proven: boolean
  lastAnswerAt: number
}

/**
 * Supervises node-apn's connection. Left alone, node-apn hammers a provider that asks for time (`connectionRetryLimit`
 * counts its own re-sends, 0 of which are wanted), never notices a connection that went silent, and opens a new one with
 * more streams than Apple allows before the first push was accepted.
 */
export function createApnsConnection(account: ApnsAccount, clock: () => number): ApnsConnection {
  const retired = new Set<Promise<void>>()
  let line = openLine()

  function openLine(): Line {
    const { hostname, port } = new URL(account.url)
    const provider = new apn.Provider({
      token: { key: account.key, keyId: account.keyId, teamId: account.teamId },
      production: account.production,
      address: hostname,
      port: port === '' ? 443 : Number(port),
      ...(account.ca !== undefined && { ca: [account.ca] }),
      connectionRetryLimit: 0,
      requestTimeout: ATTEMPT_LIMIT_MS,
    })
    return { provider, inHand: new Set(), firstPush: undefined, proven: false, lastAnswerAt: 0 }
  }

  /** A new connection takes the next push; the old one is drained, then shut down. */
  function replace(silent: Line) {
    if (line !== silent) return
    line = openLine()
    const ending = drain(silent)
    retired.add(ending)
    void ending.then(() => retired.delete(ending))
  }

  async function sendOn(current: Line, notification: apn.Notification, token: string): Promise<ApnsAnswer> {
    const startedAt = clock()
    const sending = noteResponseHeaders(() => current.provider.send(notification, token))
    current.inHand.add(sending)
    try {
      const { result, headers } = await sending
      const answer = toAnswer(result, parseRetryAfter(headers.retryAfter, clock()))
      if (answer.status !== undefined) {
        current.proven = true
        current.lastAnswerAt = clock()
      } else if (/write timeout/.test(answer.error ?? '') && current.lastAnswerAt < startedAt) {
        // Nothing at all came back on this connection for the whole attempt: it is silent, not slow.
        replace(current)
      }
      return answer
    } catch (error) {
      return { error: error instanceof Error ? error.message : 'the push could not be sent' }
    } finally {
      current.inHand.delete(sending)
    }
  }

  return {
    async send(notification, token) {
      const current = line
      if (current.proven) return sendOn(current, notification, token)
      if (!current.firstPush) {
        // Apple allows one stream until the first push was accepted; what comes meanwhile waits for that one.
        current.firstPush = sendOn(current, notification, token)
        return current.firstPush.finally(() => {
          current.firstPush = undefined
        })
      }
      const first = await current.firstPush
      if (first.status !== undefined) return sendOn(current, notification, token)
      return { error: `the connection's first push failed: ${first.error}` }
    },
    async close() {
      await Promise.all([drain(line), ...retired])
    },
  }
}

async function drain({ provider, inHand }: Line): Promise<void> {
  await Promise.allSettled(inHand)
  await new Promise<void>(resolve => {
    const timer = setTimeout(resolve, SHUTDOWN_LIMIT_MS)
    void provider.shutdown(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

type Responses = Awaited<ReturnType<apn.Provider['send']>>

/** Takes over what is known, and leaves the device token behind. */
function toAnswer({ sent, failed }: Responses, retryAfterMs: number | undefined): ApnsAnswer {
  if (sent.length > 0) return { status: 200 }
  const [failure] = failed
  if (!failure) return { error: 'no answer' }
  const status = typeof failure.status === 'number' ? failure.status : undefined
  const error = failure.error?.message
  // node-apn keeps Apple's reason for itself in two cases, each of which has one message.
  const reason = failure.response?.reason ?? (status === 500 ? 'InternalServerError' : error)
  // Typed as a string, a number at run time.
  const timestamp = Number(failure.response?.timestamp)
  return {
    status,
    reason: status === undefined ? undefined : reason,
    timestamp: Number.isFinite(timestamp) ? timestamp : undefined,
    retryAfterMs,
    error,
  }
}
