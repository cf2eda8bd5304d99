import { parseIncomingCall } from '@ringer/client'
import type { ReceivedPush } from '@ringer/fakes'
import { z } from 'zod'
import type { ShownAlert } from './phone-notification.ts'

const text = z.string().catch('')

/** https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification */
const apnsAlert = z.object({
  aps: z.object({
    alert: z.object({ title: text, body: text }),
    badge: z.number().optional().catch(undefined),
  }),
})

/** https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages */
const fcmAlert = z.object({
  message: z.object({
    notification: z.object({ title: text, body: text }),
    android: z.object({
      notification: z
        .looseObject({ tag: z.string().optional(), notification_count: z.number().optional() })
        .catch({}),
    }),
  }),
})

/** docs/guides/web.md: an alert is flat, and all its values are strings. */
const webAlert = z.object({
  title: text,
  body: text,
  badge: z.coerce.number().optional().catch(undefined),
  collapse: z.string().optional(),
})

/** Reads what a push asks the phone to show. Returns undefined for a push about a call, which is no alert. */
export function readAlert({ headers, body, data }: ReceivedPush): ShownAlert | undefined {
  const kind = data.type === 'missed_call' ? 'missed-call' : 'message'
  if (headers['apns-push-type'] === 'alert') {
    const { alert, badge } = apnsAlert.parse(body).aps
    return { kind, title: alert.title, text: alert.body, badge, tag: headers['apns-collapse-id'] }
  }
  // A ring has a title, too.
  if (headers['content-encoding'] === 'aes128gcm') {
    if (parseIncomingCall(data)) return undefined
    const { title, body, badge, collapse: tag } = webAlert.parse(data)
    return { kind, title, text: body, badge, tag }
  }
  const message = fcmAlert.safeParse(body).data?.message
  if (!message) return undefined
  const { tag, notification_count: badge } = message.android.notification
  const { title, body: shown } = message.notification
  return { kind, title, text: shown, badge, tag }
}
