import { signWebhook, type WebhookCredentials } from './sign-webhook.ts'

/** CometChat gives a receiver two seconds. */
const patienceMs = 2_000

/**
 * What came back. `status` 0 means that no answer came: `body` then says why.
 * `sentAt` is epoch ms, `ms` the time until the answer was read.
 */
export type WebhookAnswer = { status: number; body: unknown; ms: number; sentAt: number }

/**
 * Delivers one webhook the way CometChat does: signed, `Application/json` with a capital A, 2 s of patience.
 * A string is sent byte for byte as it is, anything else as its JSON. Never throws: no answer is an answer too.
 */
export async function deliverWebhook(
  webhook: { url: string; body: unknown; signal?: AbortSignal; timeoutMs?: number } & WebhookCredentials,
): Promise<WebhookAnswer> {
  const rawBody = typeof webhook.body === 'string' ? webhook.body : JSON.stringify(webhook.body)
  const { timeoutMs = patienceMs } = webhook
  const timeout = AbortSignal.timeout(timeoutMs)
  const sentAt = Date.now()
  const start = performance.now()
  const elapsed = () => Math.round((performance.now() - start) * 10) / 10
  try {
    const response = await fetch(webhook.url, {
      method: 'POST',
      headers: { 'content-type': 'Application/json', ...signWebhook(rawBody, webhook) },
      body: rawBody,
      signal: webhook.signal ? AbortSignal.any([timeout, webhook.signal]) : timeout,
    })
    const text = await response.text()
    return { status: response.status, body: parseJson(text), ms: elapsed(), sentAt }
  } catch (error) {
    return { status: 0, body: reasonFor(error, webhook.url, timeoutMs), ms: elapsed(), sentAt }
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const reasonFor = (error: unknown, url: string, timeoutMs: number): string => {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  return `no answer from ${new URL(url).host}: ${code ?? (cause instanceof Error ? cause.message : String(cause))}`
}
