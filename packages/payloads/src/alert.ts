import { z } from 'zod'

/** A text that the app has in the phone's language: the app's key for it, and the values to insert. */
const localised = z.object({ key: z.string(), args: z.array(z.string()) })

/**
 * What an alert push shows: the content of an ordinary notification, for a chat message or a missed call,
 * before a provider turns it into a push. Texts are never null. `data` has the keys that the app reads, as
 * strings.
 */
export const alert = z.object({
  title: z.string(),
  body: z.string(),
  /** Replaces the body if the app knows the key. */
  localisedBody: localised.optional(),
  /** The number on the app's icon. */
  badge: z.number().optional(),
  /** Notifications with the same thread are shown together. */
  thread: z.string().optional(),
  /** A notification replaces an earlier one that has the same value. */
  collapse: z.string().optional(),
  /** Set if it is about something that goes on now: it is shown at once, also in a Focus. */
  timeSensitive: z.literal(true).optional(),
  data: z.record(z.string(), z.string()),
  /** The app's own JSON and CometChat's message, passed on unchanged. */
  custom: z.unknown().optional(),
  message: z.unknown().optional(),
})
export type Alert = z.infer<typeof alert>
