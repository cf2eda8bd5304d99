import { z } from 'zod'

/** A text that the phone has in its own language: a key of the app's, and what is put into it. */
const localised = z.object({ key: z.string(), args: z.array(z.string()) })

/**
 * What an ordinary notification says: of a chat message, or of a call that was missed. Texts are never null; `data` are the
 * keys that the app reads, as strings.
 */
export const alert = z.object({
  title: z.string(),
  body: z.string(),
  /** Takes the body's place on a phone whose app knows the key. */
  localisedBody: localised.optional(),
  /** The number on the app's icon. */
  badge: z.number().optional(),
  /** Notifications of one thread are shown together. */
  thread: z.string().optional(),
  /** A later notification with the same one takes the earlier one's place. */
  collapse: z.string().optional(),
  data: z.record(z.string(), z.string()),
  /** The app's own JSON, and CometChat's message: passed on as they came. */
  custom: z.unknown().optional(),
  message: z.unknown().optional(),
})
export type Alert = z.infer<typeof alert>
