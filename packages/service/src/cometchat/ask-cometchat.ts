import { z } from 'zod'

/** Where CometChat's REST API is, and the key that opens it. */
export interface CometChatAddress {
  /** `https://<appId>.api-<region>.cometchat.io/v3`, with or without a slash at its end */
  url: string
  /** A key of scope `fullAccess`, which the dashboard calls a REST API key. */
  apiKey: string
}

/**
 * What came back, in words of ours: CometChat's own text may repeat the key, a token or half a page. Without a status
 * there was no answer, without a code it was not CometChat that gave it, and `problem` says what is wrong with it.
 */
export interface Failure {
  status?: number
  /** One of https://www.cometchat.com/docs/articles/error-guide */
  code?: string
  problem?: string
  retryAfterMs?: number
}

export type Answer = { ok: true; body: unknown } | ({ ok: false } & Failure)

/** Asks for a path below the API's address. Never rejects. */
export type Ask = (path: string, signal?: AbortSignal) => Promise<Answer>

const REQUEST_LIMIT_MS = 2_000

const errorBody = z.object({ error: z.object({ code: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/) }) })

/** Makes GET requests to CometChat's REST API, each of 2 s at most. https://www.cometchat.com/docs/rest-api/authentication */
export function createAsk({ url, apiKey }: CometChatAddress): Ask {
  const base = url.replace(/\/+$/, '')
  const headers = { apikey: apiKey, accept: 'application/json' }

  return async (path, given) => {
    const limit = AbortSignal.timeout(REQUEST_LIMIT_MS)
    const signal = given ? AbortSignal.any([given, limit]) : limit
    let response: Response
    try {
      // A redirect is not followed: the key would go with it.
      response = await fetch(base + path, { headers, signal, redirect: 'manual' })
    } catch (error) {
      return { ok: false, problem: problemOf(error) }
    }
    const { status } = response
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'))
    try {
      const body: unknown = JSON.parse(await response.text())
      if (response.ok) return { ok: true, body }
      return { ok: false, status, retryAfterMs, code: errorBody.safeParse(body).data?.error.code }
    } catch (error) {
      return { ok: false, status, retryAfterMs, problem: problemOf(error) }
    }
  }
}

/** `15`, in seconds. https://www.cometchat.com/docs/articles/rate-limits */
const parseRetryAfter = (value: string | null) =>
  value && /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : undefined

/** Not the error's message: it may quote a header, or the body. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  if (error.name === 'TimeoutError') return `no answer within ${REQUEST_LIMIT_MS} ms`
  if (error.name === 'AbortError') return 'given up'
  if (error instanceof SyntaxError) return 'not JSON'
  const { cause } = error
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name
}
