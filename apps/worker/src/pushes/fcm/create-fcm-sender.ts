import { randomUUID } from 'node:crypto'
import { buildFcmRing, buildFcmStop, type FcmCallType } from '@ringer/payloads'
import { deleteApp, initializeApp } from 'firebase-admin/app'
import { getMessaging, type Message } from 'firebase-admin/messaging'
import type { Outcome } from '../outcome.ts'
import { parseRetryAfter } from '../parse-retry-after.ts'
import type { OutgoingPush, PushSender } from '../push-sender.ts'
import { createAccessTokens } from './access-token.ts'
import { classifyResponse, readFailure } from './classify-response.ts'
import { FcmAgent } from './fcm-agent.ts'

export interface FcmConfig {
  projectId: string
  clientEmail: string
  privateKey: string
  /** Google's, or a stand-in's. */
  url: string
  tokenUrl: string
  ca: string | undefined
  callType: FcmCallType
}

/** An attempt that has not been answered by then is given up. */
const ATTEMPT_LIMIT_MS = 3_000

/** Rings and stops Android phones. */
export function createFcmSender(config: FcmConfig, clock: () => number = Date.now): PushSender {
  const agent = new FcmAgent(config.url, config.ca)
  const accessTokens = createAccessTokens(config, clock)
  const app = initializeApp(
    { projectId: config.projectId, credential: accessTokens, httpAgent: agent },
    `ringer-${randomUUID()}`,
  )
  const messaging = getMessaging(app)
  const inHand = new Set<Promise<Outcome>>()

  async function send(push: OutgoingPush): Promise<Outcome> {
    const message = buildMessage(push, config.callType, clock())
    return new Promise(resolve => {
      let retryAfterMs: number | undefined
      const sending = agent.attempt(
        ATTEMPT_LIMIT_MS,
        async () => messaging.send(message),
        ({ status, retryAfter }) => {
          retryAfterMs = parseRetryAfter(retryAfter, clock())
          // firebase-admin would sleep now and send again; that request is suppressed, and its end awaited by nobody.
          if (status === 503) {
            resolve(
              classifyResponse({
                code: 'messaging/server-unavailable',
                status,
                errorCode: 'UNAVAILABLE',
                retryAfterMs,
              }),
            )
          }
        },
      )
      sending.then(
        () => resolve({ kind: 'accepted', status: 200 }),
        (error: unknown) => {
          const failure = readFailure(error)
          if (failure.status === 401) accessTokens.drop()
          resolve(classifyResponse({ ...failure, retryAfterMs }))
        },
      )
    })
  }

  return {
    provider: 'fcm',
    async send(push) {
      const sending = send(push)
      inHand.add(sending)
      return sending.finally(() => inHand.delete(sending))
    },
    async close() {
      await Promise.allSettled(inHand)
      agent.destroy()
      await deleteApp(app)
    },
  }
}

/** https://firebase.google.com/docs/cloud-messaging/android/message-priority: data only, or Android shows it itself. */
function buildMessage(push: OutgoingPush, callType: FcmCallType, now: number): Message {
  const data =
    push.kind === 'ring'
      ? buildFcmRing(push.event, push.receivedAt, callType)
      : buildFcmStop(push.event, push.receivedAt, callType, push.action)
  return {
    token: push.device.token,
    data,
    android: { priority: 'high', ttl: Math.max(0, push.deadline - now) },
  }
}
