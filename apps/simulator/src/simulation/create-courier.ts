import { deliverWithRetries } from '../cometchat/deliver-with-retries.ts'
import { deliverWebhook, type WebhookAnswer, type WebhookCredentials } from '../cometchat.ts'
import type { CallEntry } from './call-entry.ts'
import type { Log } from './create-log.ts'
import { describeAnswer } from './describe-answer.ts'
import { Refusal } from './refusal.ts'

export type Courier = {
  /**
   * Delivers a webhook `times` times, one after the other or all at once, and resolves with the answers. Only the
   * first is retried: the copies are what a shaky network makes of one delivery.
   */
  deliver: (
    entry: CallEntry,
    webhook: { trigger: string },
    copies?: { times: number; concurrently: boolean },
  ) => Promise<WebhookAnswer[]>
  /**
   * Sends a request of the custom push provider, once: of retries CometChat says nothing there. `what` is how the log
   * calls it.
   * @throws Refusal where there is no user name to send it with
   */
  provide: (request: object, what: string) => Promise<WebhookAnswer>
  close: () => void
}

/** CometChat's delivery of webhooks, which leaves its traces in the call and in the log. */
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
      credentials: deps.credentials,
      signal: closing.signal,
      ...(retriesAfterMs && { retriesAfterMs }),
      onAnswer: (answer, attempt) => {
        entry.deliveries.push({ ...answer, trigger: webhook.trigger, attempt })
        deps.log.add('CometChat', `${webhook.trigger} → ${describeAnswer(answer)}`)
        deps.changed()
      },
    })

  return {
    deliver: async (entry, webhook, { times, concurrently } = { times: 1, concurrently: false }) => {
      const copies = Array.from({ length: times }, (_, index) => index)
      const send = (index: number) => deliverOnce(entry, webhook, index === 0 ? undefined : [])
      if (concurrently) return Promise.all(copies.map(send))
      const answers: WebhookAnswer[] = []
      for (const index of copies) answers.push(await send(index))
      return answers
    },
    provide: async (body, what) => {
      const { username, password } = deps.credentials
      if (username === undefined || password === undefined) throw noLogin
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

const noLogin = new Refusal(
  409,
  'no_login',
  'CometChat’s push provider knows Basic only: set COMETCHAT_WEBHOOK_USERNAME and COMETCHAT_WEBHOOK_PASSWORD',
)
