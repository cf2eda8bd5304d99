import { z } from 'zod'
import { normalUid } from '../identity/normal-uid.ts'

/**
 * Smaller numbers are seconds, larger ones milliseconds. As seconds this is the year 5138, as milliseconds 1973, so
 * a time is never ambiguous.
 */
const SECONDS_LIMIT = 100_000_000_000

/** The latest instant that a JavaScript `Date` can hold: an app that makes one of a later one gets an invalid date. */
const LATEST_MS = 8_640_000_000_000_000

const NOT_A_TIME = 'must be a Unix time in seconds or milliseconds'

/**
 * An instant as CometChat writes it: a number of seconds in webhooks, a string of milliseconds in the custom
 * provider's requests. Both are accepted in either form, and turned into epoch milliseconds.
 */
export const instant = z
  .union([z.number(), z.string().regex(/^\d{1,16}$/, NOT_A_TIME)], NOT_A_TIME)
  .transform(Number)
  .transform(value => Math.floor(value < SECONDS_LIMIT ? value * 1000 : value))
  .refine(value => value > 0 && value <= LATEST_MS, NOT_A_TIME)

/**
 * An id that goes into a push. Ids in a push are never cut, so their size is limited here, in bytes of JSON with all
 * escapes: the ids of any call fit into a push of 4,096 bytes.
 */
const id = (maxBytes: number) =>
  z.string().check(({ value, issues }) => {
    if (value.length <= maxBytes && PLAIN.test(value)) return
    for (const message of faultsOf(value, maxBytes)) issues.push({ code: 'custom', message, input: value })
  })

/** One or more characters of ASCII that JSON writes as they are: most ids need no further check. */
const PLAIN = /^[!#-[\]-~]+$/

function faultsOf(id: string, maxBytes: number): string[] {
  const rules = [
    [id !== '', 'must not be empty'],
    [id.trim() === id, 'must not start or end with whitespace'],
    [id.isWellFormed(), 'must not contain half of a surrogate pair'],
    [
      Buffer.byteLength(JSON.stringify(id)) - 2 <= maxBytes,
      `must be at most ${maxBytes} bytes, JSON escapes included`,
    ],
  ] as const
  return rules.flatMap(([isKept, message]) => (isKept ? [] : [message]))
}

/** A uid or a guid, in its normal form. CometChat's have at most 100 characters. */
export const uid = id(100).transform(normalUid)
export const sessionId = id(200)
/** Contains uids or a guid, so it has the same normal form. */
export const conversationId = id(255).transform(normalUid)

/**
 * Message ids are strings in all of CometChat's documents. A number is accepted too, because no call should
 * fail for it.
 */
export const messageId = z.union([id(100), z.int().transform(String)], 'must be a string or an integer')

/** Makes a field optional and reads null as absent. For fields that no call should fail for. */
export const nullAsAbsent = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform(value => value ?? undefined)

/** In UTF-16 units. No push has room for more, and each of the up to 1,000 rings of a group call keeps a copy. */
const MAX_TEXT_LENGTH = 4_096

/** Only what no screen shows: spaces, controls, marks of direction, and letters without a shape. */
const BLANK = /^[\s\p{Cc}\p{Cf}\u115f\u1160\u2800\u3164\uffa0]*$/u

/**
 * A name, a title or a picture's address. Null, and a text that shows nothing, count as absent. A text that was cut in the middle of a
 * character is repaired, because strict JSON parsers reject a whole push that contains one.
 */
export const text = z
  .string()
  .nullish()
  .transform(value => value?.slice(0, MAX_TEXT_LENGTH).toWellFormed())
  .transform(value => (value === undefined || BLANK.test(value) ? undefined : value))

/** In bytes. JSON that is larger than a whole push can never be sent. */
const MAX_JSON_BYTES = 4_096

/**
 * The sender's own JSON, passed on unchanged, or left out if it is null or too large for a push. Texts in it that
 * were cut in the middle of a character are repaired, like all other texts.
 */
export const passedThroughJson = z
  .unknown()
  .optional()
  .transform(value => {
    if (value === undefined || value === null) return undefined
    const json = toJson(value)
    return json !== undefined && Buffer.byteLength(json) <= MAX_JSON_BYTES
      ? JSON.parse(repairSurrogates(json))
      : undefined
  })

/** Returns undefined for a value that is nested too deeply: JSON.parse reads any depth, but JSON.stringify throws. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/**
 * Replaces each half of a surrogate pair. JSON.stringify escapes surrogates only when they are unpaired, so
 * every such escape is one; a backslash that belongs to the text is written as two.
 */
const repairSurrogates = (json: string) =>
  json.replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, found => (found === '\\\\' ? found : '\ufffd'))
