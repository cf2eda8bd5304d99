import { setTimeout as delay } from 'node:timers/promises'
import { deliverWebhook, type WebhookAnswer } from './deliver-webhook.ts'
import type { WebhookCredentials } from './sign-webhook.ts'

/** After anything but 200 within 2 s, CometChat tries again 10 s and 30 s after the first attempt, then gives up. */
const retriesAfterMs = [10_000, 30_000]

/**
 * Delivers a webhook with CometChat's retries and reports every answer. Resolves with the first one, so that a
 * page need not wait half a minute; later ones only reach `onAnswer`. `signal` ends waiting retries.
 */
export async function deliverWithRetries(webhook: {
  url: string
  body: unknown
  credentials: WebhookCredentials
  onAnswer: (answer: WebhookAnswer, attempt: number) => void
  signal: AbortSignal
  retriesAfterMs?: number[]
}): Promise<WebhookAnswer> {
  const deliver = async (attempt: number) => {
    const { url, body, credentials, signal } = webhook
    const answer = await deliverWebhook({ url, body, ...credentials, signal })
    if (!signal.aborted) webhook.onAnswer(answer, attempt)
    return answer
  }
  const first = await deliver(1)
  if (first.status !== 200) void retry(deliver, webhook)
  return first
}

const retry = async (
  deliver: (attempt: number) => Promise<WebhookAnswer>,
  { signal, retriesAfterMs: waits = retriesAfterMs }: { signal: AbortSignal; retriesAfterMs?: number[] },
): Promise<void> => {
  let waited = 0
  for (const [index, afterMs] of waits.entries()) {
    const ended = await delay(afterMs - waited, undefined, { signal, ref: false }).catch(
      () => 'ended' as const,
    )
    if (ended === 'ended' || (await deliver(index + 2)).status === 200) return
    waited = afterMs
  }
}
