import type apn from '@parse/node-apn'
import { createBreaker } from '../create-breaker.ts'
import { takeTurns, type Urgency } from '../take-turns.ts'
import { type ApnsAnswer, refusesCertificate } from './classify-response.ts'
import { type ApnsSession, ATTEMPT_LIMIT_MS, openApnsSession } from './open-apns-session.ts'
import type { ApnsAccount } from './open-provider.ts'

/** How long pushes may take to end when the connection closes. */
const CLOSE_LIMIT_MS = 5_000

/** A push to one device, built when its turn comes. */
export interface ApnsPush {
  token: string
  /** Epoch ms; waiting for its turn ends then. */
  deadline: number
  urgency: Urgency
  build(): apn.Notification
}

/** The connection to one of Apple's environments: always one that answers. */
export interface ApnsConnection {
  /** Makes one attempt, on the current session, when its turn comes. Rejects only when the push cannot be built. */
  send(push: ApnsPush): Promise<ApnsAnswer>
  /** Ends what is in hand, then closes: within 5 s, whatever the other end does. */
  close(): Promise<void>
}

/**
 * Supervises the sessions with one of Apple's environments. A session that is over is replaced by the next push, and only
 * one push goes on a session that has not proven itself: those who wait for it go on with it, or are told that it failed.
 */
export function createApnsConnection(account: ApnsAccount, clock: () => number): ApnsConnection {
  const breaker = createBreaker(clock)
  const inHand = new Set<Promise<ApnsAnswer>>()
  const ending = new Set<Promise<void>>()
  const turns = takeTurns(() => current().hasRoom(), clock)
  let session = openApnsSession(account, clock)
  let closing: Promise<void> | undefined
  /** How Apple refused our certificate, if that is how the last connection ended. */
  let refusal: string | undefined

  function current(): ApnsSession {
    if (session.isOver()) {
      end(session)
      session = openApnsSession(account, clock)
    }
    return session
  }

  function end(over: ApnsSession) {
    const ended = over.end().finally(() => ending.delete(ended))
    ending.add(ended)
  }

  /** Its turn has come: there is room on the current session. */
  async function sendNow({ token: deviceToken, build }: ApnsPush): Promise<ApnsAnswer> {
    const taken = current()
    const answer = await taken.send(build(), deviceToken)
    if (answer.status !== undefined) breaker.answered()
    else if (!taken.isProven()) {
      breaker.failed()
      refusal = refusesCertificate(answer) ? answer.error : undefined
      // The next one alone would be as long about it, and so on; together they are tried again at once.
      turns.refuse(refusal ?? 'the first push of the connection failed')
    }
    turns.admit()
    return answer
  }

  async function send(push: ApnsPush): Promise<ApnsAnswer> {
    if (closing) return { error: 'not sent: the worker is closing' }
    const restMs = breaker.restMs(push.deadline)
    if (restMs > 0) return { error: `not sent: ${refusal ?? 'Apple does not answer'}`, retryAfterMs: restMs }
    const answer = await turns.take(push.deadline, () => sendNow(push), push.urgency)
    return 'refused' in answer ? { error: `not sent: ${answer.refused}` } : answer
  }

  async function close(): Promise<void> {
    const late = setTimeout(() => turns.refuse('the worker is closing'), CLOSE_LIMIT_MS - ATTEMPT_LIMIT_MS)
    await Promise.allSettled(inHand)
    clearTimeout(late)
    end(session)
    await Promise.all(ending)
  }

  return {
    send(push) {
      const sending = send(push).finally(() => inHand.delete(sending))
      inHand.add(sending)
      return sending
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}
