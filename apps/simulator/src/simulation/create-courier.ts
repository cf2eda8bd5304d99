import {
  deliverWebhook,
  deliverWithRetries,
  type WebhookAnswer,
  type WebhookCredentials,
} from '@ringer/fakes/cometchat'
import type { CallEntry } from '../calls/call-entry.ts'
import { Refusal } from '../refusal.ts'
import type { Log } from './create-log.ts'
import { describeAnswer } from './describe-answer.ts'

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

/** Delivers CometChat's webhooks, and records each delivery in the call and in the log. */
export function createCourier(deps: {
  ingressUrl: string
  credentials: WebhookCredentials
  log: Log
  changed: () => void
}): Courier {
  const closing = new AbortController()
  const url = new URL('/webhooks/cometchat', deps.ingressUrl).href
  const providerUrl = new URL('/providers/cometchat', deps.ingressUrl).href

  const deliverOnce = (entry: CallEntry, webhook: { trigger: string }, retriesAfterMs?: number[]) =>
    deliverWithRetries({
      url,
      body: webhook,
      ...deps.credentials,
      signal: closing.signal,
      retriesAfterMs,
      onAnswer: (answer, attempt) => {
        entry.deliveries.push({ ...answer, trigger: webhook.trigger, attempt })
        deps.log.add('CometChat', `${webhook.trigger} → ${describeAnswer(answer)}`)
        deps.changed()
      },
    }).first

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
      const { signal } = closing
      const answer = await deliverWebhook({ url: providerUrl, body, username, password, signal })
      if (signal.aborted) return answer
      deps.log.add('CometChat', `${what} → ${describeAnswer(answer)}`)
      deps.changed()
      return answer
    },
    close: () => closing.abort(),
  }
}
