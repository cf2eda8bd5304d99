import { z } from 'zod'

/**
 * What a phone did with the push of a ring. `shown`: the call is on the screen. `suppressed`: the phone did not let it through
 * (Focus, Do Not Disturb, notifications are off). `late`: the call was over when the push came, so nothing was shown.
 * `duplicate`: the phone shows this call already. `full-screen-denied`: shown as an ordinary notification, because the app may not
 * cover the screen.
 */
export const receiptEvents = ['shown', 'suppressed', 'late', 'duplicate', 'full-screen-denied'] as const
export const receiptEvent = z.enum(receiptEvents, `must be one of ${receiptEvents.join(', ')}`)
export type ReceiptEvent = z.infer<typeof receiptEvent>

/** FCM may deliver a push with a lower priority than it was sent with. */
const priority = z.enum(['high', 'normal'], 'must be high or normal')

/** A field that may be left out, or be null: Swift and Dart send null for what they do not have. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform(value => value ?? undefined)

/** It is printed on operators' terminals, so it has no control characters. */
const version = z
  .string('must be a text')
  .regex(/^[\x20-\x7e]{0,64}$/, 'must have at most 64 printable ASCII characters')

/** The body of a receipt, as a phone posts it. Unknown fields are dropped. */
export const receiptBody = z.object({
  event: receiptEvent,
  /** When it happened, by the phone's own clock, epoch ms. */
  at: optional(
    z
      .number('must be a number')
      .int('must be in whole milliseconds since 1970')
      .min(0, 'must be in whole milliseconds since 1970')
      .max(9_999_999_999_999, 'must be in whole milliseconds since 1970'),
  ),
  deliveredPriority: optional(priority),
  originalPriority: optional(priority),
  appVersion: optional(version),
  osVersion: optional(version),
})
export type ReceiptBody = z.infer<typeof receiptBody>

/** A receipt as it is kept. */
export const receipt = z.object({
  /** When it arrived, by Redis's clock, epoch ms. */
  at: z.number(),
  /** When it happened, by the phone's own clock, epoch ms. */
  phoneAt: z.number().optional(),
  deliveredPriority: priority.optional(),
  originalPriority: priority.optional(),
  appVersion: z.string().optional(),
  osVersion: z.string().optional(),
})
export type Receipt = z.infer<typeof receipt>

/** The receipts of one device for one ring: the first one of each event. */
export const receipts = z.partialRecord(receiptEvent, receipt)
export type Receipts = z.infer<typeof receipts>
