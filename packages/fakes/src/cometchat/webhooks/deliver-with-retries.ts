import { setTimeout as delay } from 'node:timers/promises'
import { deliverWebhook, type OutgoingWebhook, type WebhookAnswer } from './deliver-webhook.ts'

/**
 * CometChat retries after 10 s, and 30 s after that, unless it was answered 200 within 2 s; then it gives up. Counted from the
 * first attempt.
 */
const RETRIES_AFTER_MS = [10_000, 40_000]

export interface RetriedDelivery {
  /** The answer to the first attempt, so that a caller need not wait half a minute for the retries. */
  first: Promise<WebhookAnswer>
  /** The answer to the last attempt. */
  last: Promise<WebhookAnswer>
}

interface RetriedWebhook extends OutgoingWebhook {
  /** Called with every answer; attempts are numbered from 1. */
  onAnswer: (answer: WebhookAnswer, attempt: number) => void
  /** Counted from the first attempt. Default: 10 s and 40 s, as CometChat. */
  retriesAfterMs?: number[] | undefined
}

/** Delivers a webhook with CometChat's retries. Aborting `signal` ends the attempt and the retries that are still due. */
export function deliverWithRetries(webhook: RetriedWebhook): RetriedDelivery {
  const { signal, onAnswer } = webhook
  const deliver = async (attempt: number) => {
    const answer = await deliverWebhook(webhook)
    if (!signal?.aborted) onAnswer(answer, attempt)
    return answer
  }
  const first = deliver(1)
  return { first, last: first.then(answer => retry(answer, deliver, webhook)) }
}

async function retry(
  first: WebhookAnswer,
  deliver: (attempt: number) => Promise<WebhookAnswer>,
  { signal, retriesAfterMs = RETRIES_AFTER_MS }: RetriedWebhook,
): Promise<WebhookAnswer> {
  let last = first
  let waitedMs = 0
  for (const [index, afterMs] of retriesAfterMs.entries()) {
    if (last.status === 200 || !(await waited(afterMs - waitedMs, signal))) break
    last = await deliver(index + 2)
    waitedMs = afterMs
  }
  return last
}

/** Whether the time passed without an abort. It does not keep the process alive. */
const waited = (ms: number, signal: AbortSignal | undefined): Promise<boolean> =>
  delay(ms, true, { ...(signal && { signal }), ref: false }).catch(() => false)
