import { type Alert, fitAlert } from '@ringer/payloads'

/** The parts of an FCM message for a notification. `data` holds strings only. */
export interface FcmAlert {
  notification: { title: string; body: string }
  androidNotification: {
    tag?: string
    bodyLocKey?: string
    bodyLocArgs?: string[]
    notificationCount?: number
    sound: 'default'
    priority?: 'high'
  }
  data: Record<string, string>
}

/**
 * Builds a notification of at most 4,096 bytes. Android shows it while the app is in the background, and passes it to the
 * app otherwise. The app's own JSON and CometChat's message are text in `data`.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#androidnotification
 */
export function buildFcmAlert(alert: Alert): FcmAlert {
  return fitAlert(
    alert,
    ({ title, body, localisedBody, badge, collapse, timeSensitive, data, custom, message }) => ({
      notification: { title, body },
      androidNotification: {
        ...(collapse !== undefined && { tag: collapse }),
        ...(localisedBody && { bodyLocKey: localisedBody.key, bodyLocArgs: localisedBody.args }),
        // Some launchers show a zero as 1, and no value clears the number.
        ...(badge && { notificationCount: badge }),
        sound: 'default',
        ...(timeSensitive && { priority: 'high' as const }),
      },
      data: {
        ...data,
        ...(custom !== undefined && { custom: asText(custom) }),
        ...(message !== undefined && { message: asText(message) }),
      },
    }),
  )
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
