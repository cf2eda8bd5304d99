import { z } from 'zod'

/** A number below this is in seconds (it is the year 5138), one above in milliseconds (1973): never ambiguous. */
const SECONDS_LIMIT = 100_000_000_000

/**
 * An instant as CometChat writes it: seconds as a number in webhooks, milliseconds as a string in the custom
 * provider's requests. Out comes epoch milliseconds, whatever came in.
 */
export const instant = z
  .union([
    z.number(),
    z.string().regex(/^\d{1,16}$/, 'must be a number of seconds or milliseconds since 1970'),
  ])
  .transform(Number)
  .refine(value => value > 0 && value < 1e16, 'must be a number of seconds or milliseconds since 1970')
  .transform(value => Math.floor(value < SECONDS_LIMIT ? value * 1000 : value))

/**
 * An id that will stand in a push, where ids are never cut: bounded by the bytes it takes there, escapes included,
 * so that the ids of any call fit into a push of 4,096 bytes.
 */
const id = (maxBytes: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .refine(value => value.trim() === value, 'must not begin or end with white space')
    .refine(value => value.isWellFormed(), 'must not hold half of a surrogate pair')
    .refine(
      value => Buffer.byteLength(JSON.stringify(value)) - 2 <= maxBytes,
      `must take at most ${maxBytes} bytes`,
    )

/** CometChat's uids and guids have at most 100 characters. */
export const uid = id(100)
export const sessionId = id(200)
export const conversationId = id(255)

/** Message ids are strings in every document; a number does no harm and costs nobody a call. */
export const messageId = z.union([id(100), z.int().transform(String)])

/** A field that costs nobody a call by being absent, or null. */
export const absentOr = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform(value => value ?? undefined)

/** No push can bring more, and each of a group's thousand rings would keep it. */
const MAX_TEXT = 4_096

/**
 * A name, a title, a picture's address: present, null and absent all happen. A text that was cut in the middle of a
 * character is mended: JSON parsers of the strict kind refuse the whole push for it.
 */
export const text = z
  .string()
  .nullish()
  .transform(value => value?.slice(0, MAX_TEXT).toWellFormed() || undefined)

/** A named user or group as CometChat embeds it in a message's entities. */
export const entity = z
  .object({
    entity: z.object({ uid: uid.optional(), guid: uid.optional(), name: text, avatar: text, icon: text }),
  })
  .optional()
