import { z } from 'zod'

/** What is larger alone than a push may be can never be sent. */
const MAX_JSON_BYTES = 4_096

/**
 * A JSON value of the sender's, passed on as it is, or left out where it could never fit. Texts in it that were cut in
 * the middle of a character are mended, as every other text is.
 */
export const passedOn = z
  .unknown()
  .optional()
  .transform(value => {
    if (value === undefined || value === null) return undefined
    const json = toJson(value)
    return json !== undefined && Buffer.byteLength(json) <= MAX_JSON_BYTES
      ? JSON.parse(mend(json))
      : undefined
  })

/** Absent where it is nested more deeply than can be written again. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** JSON writes half a surrogate pair, and nothing else of its kind, as an escape; one that is text has two backslashes. */
const mend = (json: string) =>
  json.replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, found => (found === '\\\\' ? found : '\ufffd'))
