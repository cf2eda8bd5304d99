import { z } from 'zod'
import { absentOr, conversationId, instant, messageId, text, uid } from './fields.ts'
import { invalid, invalidBy, type ParsedWebhook } from './parsed-webhook.ts'
import { passedOn } from './passed-on.ts'

/**
 * A count that cannot be read leaves the icon's number as it is; it costs nobody a notification. What is empty is no count,
 * though a coercion would make it 0, which clears the number.
 */
const badge = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,7}$/)
      .transform(Number),
  ])
  .pipe(z.int().min(0).max(1_000_000))
  .optional()
  .catch(undefined)

/**
 * The notification of a message, a reaction or a change in a group, as CometChat's custom push provider sends it.
 * https://www.cometchat.com/docs/notifications/custom-providers
 */
const chatDetails = z.object({
  title: text,
  body: text,
  sender: absentOr(uid),
  senderName: text,
  senderAvatar: text,
  receiver: absentOr(uid),
  receiverName: text,
  receiverAvatar: text,
  receiverType: absentOr(z.enum(['user', 'group'])),
  conversationId: absentOr(conversationId),
  tag: absentOr(messageId),
  sentAt: absentOr(instant),
  unreadMessageCount: badge,
  custom: passedOn,
  message: passedOn,
})

/** Reads a notification of type `chat`, for one recipient. The app finds the keys that CometChat's own pushes have. */
export function readChat(recipient: string, details: unknown): ParsedWebhook {
  const parsed = chatDetails.safeParse(details)
  if (!parsed.success) return invalidBy(parsed.error, ['data', 'notificationDetails'])
  const { title, body, sender, senderName, unreadMessageCount, custom, message, sentAt, ...rest } =
    parsed.data
  const shownTitle = title ?? senderName ?? sender
  if (!shownTitle && !body) return invalid('data.notificationDetails.title', 'is required, or a body')
  const { tag, conversationId: conversation } = rest
  return {
    status: 'event',
    event: {
      kind: 'chat',
      recipient,
      notification: {
        title: shownTitle ?? '',
        body: body ?? '',
        badge: unreadMessageCount,
        thread: conversation,
        collapse: tag,
        data: strings({ type: 'chat', title, body, sender, senderName, ...rest, sentAt, unreadMessageCount }),
        custom,
        message,
      },
      sentAt,
    },
  }
}

/** Leaves out what is absent, and makes a string of the rest: FCM takes nothing else. */
function strings(values: Record<string, string | number | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  )
}
