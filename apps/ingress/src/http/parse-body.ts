import secureJson from 'secure-json-parse'

/** Deeper than anything CometChat sends by far. */
const MAX_DEPTH = 64

export type ParsedBody = { ok: true; value: unknown } | { ok: false; message: string }

/** Whether a content type is JSON, with any case (CometChat sends `Application/json`) and any charset. */
export function isJson(contentType: string | undefined): boolean {
  return /^\s*application\/json\s*(;|$)/i.test(contentType ?? '')
}

/**
 * Turns the bytes of a request into JSON: strict UTF-8, no `__proto__`, no nesting without end.
 * Never throws; says what is wrong instead.
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
    return { ok: false, message: `the body is not JSON: ${whatIsWrong(error)}` }
  }
}

/** The parser's own message quotes the body, which may hold a device token. */
function whatIsWrong(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be read'
  if (error.message === 'Object contains forbidden prototype property')
    return 'it has a forbidden key (__proto__ or constructor.prototype)'
  if (error instanceof TypeError) return 'it is not UTF-8'
  // At the very end of the message, where nothing of the body can stand.
  const position = / at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(error.message)?.[1]
  return position ? `unexpected text at character ${position}` : 'it ends too early or has unexpected text'
}

function isDeeperThan(root: object, limit: number): boolean {
  let level: object[] = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= limit) return true
    level = level.flatMap(node =>
      Object.values(node).filter(child => typeof child === 'object' && child !== null),
    )
  }
  return false
}
