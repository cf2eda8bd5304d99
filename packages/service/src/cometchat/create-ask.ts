import { uid } from '@ringer/payloads'
import { z } from 'zod'
import { BodyTooLarge, readBounded } from '../http/read-bounded.ts'

/** The address of CometChat's REST API, and its key. */
export interface CometChatAddress {
  /** `https://<appId>.api-<region>.cometchat.io/v3`, with or without a slash at its end. */
  url: string
  /** A key of scope `fullAccess`, which the dashboard calls a REST API key. */
  apiKey: string
}

/** Why a request failed. CometChat's own text is left out: it may repeat the key, a token or half a page. */
export interface Failure {
  /** Absent if there was no answer. */
  status?: number
  /** One of https://www.cometchat.com/docs/articles/error-guide. Absent if the answer was not CometChat's. */
  code?: string
  /** What is wrong with the answer, or why there was none. */
  problem?: string
  /** CometChat was not asked, because COMETCHAT_REQUESTS_PER_MINUTE is used up. */
  held?: true
  retryAfterMs?: number
}

export type Answer = { ok: true; body: unknown } | ({ ok: false } & Failure)

/** Sends a GET request for a path below the API's address. Never rejects. */
export type Ask = (path: string, signal?: AbortSignal) => Promise<Answer>

const REQUEST_LIMIT_MS = 2_000

/** A page of 100 members takes about 50 KB. */
const MAX_BODY_BYTES = 1_000_000

const errorBody = z.object({ error: z.object({ code: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/) }) })

/**
 * Creates a function that sends GET requests to CometChat's REST API, with a limit of 2 s and 1 MB each. No other
 * host is ever asked: redirects are not followed, and addresses in an answer are not used.
 *
 * https://www.cometchat.com/docs/rest-api/authentication
 */
export function createAsk({ url, apiKey }: CometChatAddress): Ask {
  const base = url.replace(/\/+$/, '')
  const headers = { apikey: apiKey, accept: 'application/json' }

  return async (path, given) => {
    const limit = AbortSignal.timeout(REQUEST_LIMIT_MS)
    const signal = given ? AbortSignal.any([given, limit]) : limit
    let response: Response
    try {
      // A redirect is not followed, because the key would be sent to its target.
      response = await fetch(base + path, { headers, signal, redirect: 'manual' })
    } catch (error) {
      return { ok: false, problem: problemOf(error) }
    }
    const { status } = response
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'))
    try {
      const body: unknown = JSON.parse(await readBounded(response, MAX_BODY_BYTES))
      if (response.ok) return { ok: true, body }
      return { ok: false, status, retryAfterMs, code: errorBody.safeParse(body).data?.error.code }
    } catch (error) {
      return { ok: false, status, retryAfterMs, problem: problemOf(error) }
    }
  }
}

/** Parses a number of seconds, such as `15`. https://www.cometchat.com/docs/articles/rate-limits */
const parseRetryAfter = (value: string | null) =>
  value && /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : undefined

/** Describes an error without its message, which may quote a header or the body. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  if (error.name === 'TimeoutError') return `no answer within ${REQUEST_LIMIT_MS} ms`
  if (error.name === 'AbortError') return 'aborted'
  if (error instanceof BodyTooLarge) return 'larger than 1 MB'
  if (error instanceof SyntaxError) return 'not JSON'
  const { cause } = error
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name
}

/**
 * Whether an id can be a segment of a path. `.` and `..` would lead to another path, and escaping does not prevent that:
 * https://url.spec.whatwg.org/#double-dot-path-segment
 */
export const isPathSegment = (id: string) => id !== '.' && id !== '..' && uid.safeParse(id).success
