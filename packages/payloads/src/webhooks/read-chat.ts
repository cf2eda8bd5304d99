import { z } from 'zod'
import { conversationId, instant, messageId, nullAsAbsent, passedThroughJson, text, uid } from './fields.ts'
import { invalidBy, invalidWebhook, type ParsedWebhook } from './parsed-webhook.ts'

/**
 * The number on the app's icon. A count that cannot be read is dropped, which leaves the number unchanged: no
 * notification should fail for it. An empty string is not coerced, because coercion would make it 0, which
 * clears the number.
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
 * The notification for a message, a reaction or a change in a group, as CometChat's custom push provider sends it.
 * https://www.cometchat.com/docs/notifications/custom-providers
 */
const chatDetails = z.object({
  title: text,
  body: text,
  sender: nullAsAbsent(uid),
  senderName: text,
  senderAvatar: text,
  receiver: nullAsAbsent(uid),
  receiverName: text,
  receiverAvatar: text,
  receiverType: nullAsAbsent(z.enum(['user', 'group'])),
  conversationId: nullAsAbsent(conversationId),
  tag: nullAsAbsent(messageId),
  sentAt: nullAsAbsent(instant),
  unreadMessageCount: badge,
  custom: passedThroughJson,
  message: passedThroughJson,
})

/**
 * Reads a notification of type `chat` for one recipient. The alert's `data` has the keys of CometChat's own
 * pushes.
 */
export function readChat(recipient: string, details: unknown): ParsedWebhook {
  const parsed = chatDetails.safeParse(details)
  if (!parsed.success) return invalidBy(parsed.error, ['data', 'notificationDetails'])
  const { title, body, sender, senderName, unreadMessageCount, custom, message, sentAt, ...rest } =
    parsed.data
  const shownTitle = title ?? senderName ?? sender
  if (!shownTitle && !body)
    return invalidWebhook('data.notificationDetails.title', 'is required when there is no body')
  return {
    status: 'event',
    event: {
      kind: 'chat',
      recipient,
      notification: {
        title: shownTitle ?? '',
        body: body ?? '',
        badge: unreadMessageCount,
        thread: rest.conversationId,
        collapse: rest.tag,
        data: strings({ type: 'chat', title, body, sender, senderName, ...rest, sentAt, unreadMessageCount }),
        custom,
        message,
      },
      sentAt,
    },
  }
}

/** Leaves out absent values and turns the others into strings, because FCM accepts nothing else. */
function strings(values: Record<string, string | number | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  )
}
