import { randomUUID } from 'node:crypto'
import { deleteApp, initializeApp } from 'firebase-admin/app'
import { getMessaging } from 'firebase-admin/messaging'
import { createBreaker } from '../create-breaker.ts'
import { createTimeLimit } from '../create-time-limit.ts'
import type { Outcome } from '../outcome.ts'
import { type OutgoingPush, type PushSender, urgencyOf } from '../push-sender.ts'
import { takeTurns } from '../take-turns.ts'
import { createAccessTokens } from './access-token.ts'
import { buildPush, type FcmDialect } from './build-push.ts'
import { classifyResponse, type FcmAnswer } from './classify-response.ts'
import { CONNECTIONS, FcmAgent } from './fcm-agent.ts'
import { sendOnce } from './send-once.ts'

export interface FcmConfig extends FcmDialect {
  projectId: string
  clientEmail: string
  privateKey: string
  /** Google's, or a stand-in's. */
  url: string
  tokenUrl: string
  ca: string | undefined
}

/** An attempt that has not been answered by then is given up. */
export const ATTEMPT_LIMIT_MS = 3_000

/** How long pushes may take to end when the sender closes. */
const CLOSE_LIMIT_MS = 5_000

/** Rings and stops Android phones. */
export function createFcmSender(config: FcmConfig, clock: () => number = Date.now): PushSender {
  const agent = new FcmAgent(config.url, config.ca)
  const accessTokens = createAccessTokens(config, clock)
  const app = initializeApp(
    { projectId: config.projectId, credential: accessTokens, httpAgent: agent },
    `ringer-${randomUUID()}`,
  )
  const line = { agent, accessTokens, messaging: getMessaging(app) }
  const attemptLimit = createTimeLimit(ATTEMPT_LIMIT_MS)
  const breaker = createBreaker(clock)
  const inHand = new Set<Promise<Outcome>>()
  let underWay = 0
  // As many as there are connections, so that no request waits for one on Google's time.
  const turns = takeTurns(() => underWay < CONNECTIONS, clock)
  let closing: Promise<void> | undefined

  /** Its turn has come: there is a connection for it. */
  async function sendNow(push: OutgoingPush): Promise<FcmAnswer> {
    underWay += 1
    const build = () => buildPush(push, config, clock())
    const answer = await sendOnce(line, build, attemptLimit, clock)
    underWay -= 1
    if (answer.status === undefined) breaker.failed()
    else breaker.answered()
    turns.admit()
    return answer
  }

  async function send(push: OutgoingPush): Promise<Outcome> {
    if (closing) return notSent('the worker is closing')
    const restMs = breaker.restMs(push.deadline)
    if (restMs > 0) return notSent('FCM does not answer', restMs)
    const answer = await turns.take(push.deadline, () => sendNow(push), urgencyOf(push))
    return 'refused' in answer ? notSent(answer.refused) : classifyResponse(answer)
  }

  async function close(): Promise<void> {
    const late = setTimeout(() => turns.refuse('the worker is closing'), CLOSE_LIMIT_MS - ATTEMPT_LIMIT_MS)
    await Promise.all(inHand)
    clearTimeout(late)
    agent.destroy()
    await deleteApp(app)
  }

  return {
    provider: 'fcm',
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

const notSent = (why: string, retryAfterMs?: number): Outcome => ({
  kind: 'retryable',
  reason: `not sent: ${why}`,
  delivered: 'no',
  retryAfterMs,
})
