import type { FastifyRequest } from 'fastify'
import secureJson from 'secure-json-parse'

/** Far deeper than anything CometChat sends. */
const MAX_DEPTH = 64

export type ParsedBody = { ok: true; value: unknown } | { ok: false; message: string }

/**
 * Returns a header's value, or the list of its values if it was sent more than once. Node keeps only the first of two
 * `Authorization` headers, so a proxy in front of the ingress may have checked the one that Node drops. The list
 * matches no credential. Node would build `headersDistinct` for all headers, of which the ingress needs one.
 */
export function header(request: FastifyRequest, name: string): string | undefined {
  if (request.headers[name] === undefined) return undefined
  const { rawHeaders } = request.raw
  const values = rawHeaders.filter((_value, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name)
  return values.join(', ')
}

/** Whether a content type is JSON, in any case (CometChat sends `Application/json`) and with any charset. */
export function isJson(contentType: string | undefined): boolean {
  return /^\s*application\/json\s*(;|$)/i.test(contentType ?? '')
}

/**
 * Parses the bytes of a body as a JSON object: strict UTF-8, no `__proto__`, limited nesting.
 * Never throws; returns what is wrong instead.
 */
export function parseBody(body: Buffer | undefined): ParsedBody {
  if (!body?.length) return { ok: false, message: 'the body is empty; it must be a JSON object' }
  try {
    const value: unknown = secureJson.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { ok: false, message: 'the body must be a JSON object' }
    }
    if (isDeeperThan(value, MAX_DEPTH))
      return { ok: false, message: `the body is nested deeper than ${MAX_DEPTH} levels` }
    return { ok: true, value }
  } catch (error) {
    return { ok: false, message: `the body is not JSON: ${explain(error)}` }
  }
}

/** Does not repeat the parser's own message, which quotes the body: that may hold a device token. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be read'
  if (error.message === 'Object contains forbidden prototype property')
    return 'it has a forbidden key (__proto__ or constructor.prototype)'
  if (error instanceof TypeError) return 'it is not UTF-8'
  // Only at the very end of the message, where the parser never quotes the body.
  const position = / at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(error.message)?.[1]
  return position ? `unexpected text at character ${position}` : 'it ends too early or has unexpected text'
}

/** Recursive, but never deeper than the limit. */
function isDeeperThan(node: object, limit: number): boolean {
  if (limit === 0) return true
  for (const child of Object.values(node)) {
    if (typeof child === 'object' && child !== null && isDeeperThan(child, limit - 1)) return true
  }
  return false
}
