import { uid } from '@ringer/payloads'
import { z } from 'zod'
import { BodyTooLarge, readBounded } from '../http/read-bounded.ts'

/** The address of CometChat's REST API, and its key. */
export interface CometChatAddress {
  /** `https://<appId>.api-<region>.cometchat.io/v3`, with or without a slash at its end. */
  url: string
  /** Further addresses of the same API, which are asked if that one does not answer. Default: none. */
  fallbackUrls?: readonly string[] | undefined
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

/** How long a host that failed comes last. */
const AVOIDED_MS = 60_000

/** A page of 100 members takes about 50 KB. */
const MAX_BODY_BYTES = 1_000_000

const errorBody = z.object({ error: z.object({ code: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/) }) })

/**
 * Creates a function that sends GET requests to CometChat's REST API, with a limit of 2 s and 1 MB each, whatever happens. No
 * other host is ever asked: redirects are not followed, and addresses in an answer are not used.
 *
 * If a host does not answer or fails, the next one is asked in what is left of the 2 s, and the failed one comes last for the next
 * minute. So a host that is silent costs one request its answer, and the following ones nothing.
 *
 * https://www.cometchat.com/docs/rest-api/authentication
 *
 * @param clock now, in epoch ms
 */
export function createAsk(
  { url, fallbackUrls = [], apiKey }: CometChatAddress,
  clock: () => number = Date.now,
): Ask {
  const bases = [url, ...fallbackUrls].map(each => each.replace(/\/+$/, ''))
  const headers = { apikey: apiKey, accept: 'application/json' }
  /** Until when each base comes last, epoch ms. */
  const avoidedUntil = new Map<string, number>()
  const inOrder = () => {
    const now = clock()
    const isAvoided = (base: string) => (avoidedUntil.get(base) ?? 0) > now
    return [...bases.filter(base => !isAvoided(base)), ...bases.filter(isAvoided)]
  }

  return async (path, given) => {
    const limit = AbortSignal.timeout(REQUEST_LIMIT_MS)
    const signal = given ? AbortSignal.any([given, limit]) : limit
    let answer: Answer = { ok: false, problem: 'no address' }
    for (const base of inOrder()) {
      answer = await request(base + path, signal)
      // The caller does not want the answer any more, which says nothing about the host.
      if (given?.aborted || !isFailureOfHost(answer)) return answer
      avoidedUntil.set(base, clock() + AVOIDED_MS)
      if (signal.aborted) return answer
    }
    return answer
  }

  async function request(address: string, signal: AbortSignal): Promise<Answer> {
    let response: Response
    try {
      // A redirect is not followed, because the key would be sent to its target.
      response = await fetch(address, { headers, signal, redirect: 'manual' })
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

/** Whether another host may do better: this one gave no answer, or has a fault of its own. */
const isFailureOfHost = (answer: Answer) =>
  !answer.ok && (answer.status === undefined || answer.status >= 500)

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
