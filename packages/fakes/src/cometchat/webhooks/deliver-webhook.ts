import { type SigningCredentials, signWebhook } from './sign-webhook.ts'

/** CometChat's time limit for an answer. https://www.cometchat.com/docs/fundamentals/webhooks */
const TIMEOUT_MS = 2_000

export interface WebhookAnswer {
  /** 0 when no answer came; `body` then says why. */
  status: number
  /** The answer's JSON, or its text if it is not JSON. */
  body: unknown
  /** Time until the answer was read. */
  ms: number
  /** Epoch ms. */
  sentAt: number
}

export interface OutgoingWebhook extends SigningCredentials {
  url: string
  /** A string is sent byte for byte, anything else as its JSON. */
  body: unknown
  /** Sent in place of the headers that the credentials make. */
  headers?: Record<string, string> | undefined
  signal?: AbortSignal | undefined
  /** Default: 2 s, as CometChat. */
  timeoutMs?: number | undefined
}

/**
 * Delivers one webhook as CometChat does: signed, `Application/json` with a capital A, with a time limit of 2 s. Never
 * throws: a missing answer is a value too.
 */
export async function deliverWebhook(webhook: OutgoingWebhook): Promise<WebhookAnswer> {
  const { url, signal, timeoutMs = TIMEOUT_MS } = webhook
  const rawBody = typeof webhook.body === 'string' ? webhook.body : JSON.stringify(webhook.body)
  const headers = webhook.headers ?? signWebhook(rawBody, webhook)
  const timeout = AbortSignal.timeout(timeoutMs)
  const sentAt = Date.now()
  const start = performance.now()
  const elapsed = () => Math.round((performance.now() - start) * 10) / 10
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'Application/json', ...headers },
      body: rawBody,
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
    })
    const text = await response.text()
    return { status: response.status, body: parseJson(text), ms: elapsed(), sentAt }
  } catch (error) {
    return { status: 0, body: reasonFor(error, url, timeoutMs), ms: elapsed(), sentAt }
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
