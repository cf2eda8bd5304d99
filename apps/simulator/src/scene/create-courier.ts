import {
  deliverWebhook,
  deliverWithRetries,
  type SigningCredentials,
  signWebhook,
  type WebhookAnswer,
} from '@ringer/fakes/cometchat'
import { Refusal } from '../refusal.ts'
import type { CallEntry } from './call-entry.ts'
import type { Log } from './create-log.ts'
import { describeAnswer } from './describe-answer.ts'
import { webhookExchange } from './exchange.ts'

const NO_LOGIN =
  'CometChat’s push provider supports only Basic: set COMETCHAT_WEBHOOK_USERNAME and COMETCHAT_WEBHOOK_PASSWORD'

export interface Courier {
  /**
   * Delivers a webhook `times` times, one after the other or all at once, and resolves with the answers. Only the first
   * delivery is retried: the others are duplicates, as an unreliable network makes them.
   */
  deliver: (
    entry: CallEntry,
    webhook: { trigger: string },
    copies?: { times: number; concurrently: boolean },
  ) => Promise<WebhookAnswer[]>
  /**
   * Sends a request of CometChat's custom push provider, once: CometChat documents no retries for it. `what` is its name
   * in the log.
   * @throws Refusal if there is no user name to send it with
   */
  sendProviderRequest: (request: object, what: string) => Promise<WebhookAnswer>
  close: () => void
}

/** A webhook as it is sent: its raw body, and the headers that prove where it comes from. */
interface RawWebhook {
  url: string
  headers: Record<string, string>
  body: string
}

/** Delivers CometChat's webhooks, and records each delivery in the call and in the log. */
export function createCourier(deps: {
  ingressUrl: string
  credentials: SigningCredentials
  log: Log
  changed: () => void
}): Courier {
  const closing = new AbortController()
  const url = new URL('/webhooks/cometchat', deps.ingressUrl).href
  const providerUrl = new URL('/providers/cometchat', deps.ingressUrl).href

  const { signal } = closing

  /** Adds a line with the answer to the log, whose request can be sent again. */
  const addToLog = (request: RawWebhook, what: string, answer: WebhookAnswer) => {
    const replay = async () => {
      const again = await deliverWebhook({ ...request, signal })
      if (!signal.aborted) addToLog(request, what, again)
    }
    const line = `${what} → ${describeAnswer(answer)}`
    deps.log.add('CometChat', line, webhookExchange(request, answer, replay))
    deps.changed()
  }

  const deliverOnce = (entry: CallEntry, webhook: { trigger: string }, retriesAfterMs?: number[]) => {
    const body = JSON.stringify(webhook)
    const request = { url, body, headers: signWebhook(body, deps.credentials) }
    return deliverWithRetries({
      ...request,
      signal,
      retriesAfterMs,
      onAnswer: (answer, attempt) => {
        entry.deliveries.push({ ...answer, trigger: webhook.trigger, attempt })
        addToLog(request, webhook.trigger, answer)
      },
    }).first
  }

  return {
    deliver: async (entry, webhook, { times, concurrently } = { times: 1, concurrently: false }) => {
      const copies = Array.from({ length: times }, (_, index) => index)
      const send = (index: number) => deliverOnce(entry, webhook, index === 0 ? undefined : [])
      if (concurrently) return Promise.all(copies.map(send))
      const answers: WebhookAnswer[] = []
      for (const index of copies) answers.push(await send(index))
      return answers
    },
    sendProviderRequest: async (body, what) => {
      const { username, password } = deps.credentials
      if (username === undefined || password === undefined) throw new Refusal(409, 'no_login', NO_LOGIN)
      const raw = JSON.stringify(body)
      const request = { url: providerUrl, body: raw, headers: signWebhook(raw, { username, password }) }
      const answer = await deliverWebhook({ ...request, signal })
      if (!signal.aborted) addToLog(request, what, answer)
      return answer
    },
    close: () => closing.abort(),
  }
}
