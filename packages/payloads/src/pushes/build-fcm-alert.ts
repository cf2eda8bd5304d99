import type { Alert } from '../alert.ts'
import { fitAlert } from './fit-alert.ts'

/** The parts of an FCM message that a notification has; `data` holds strings only. */
export interface FcmAlert {
  notification: { title: string; body: string }
  androidNotification: {
    tag?: string
    bodyLocKey?: string
    bodyLocArgs?: string[]
    notificationCount?: number
    sound: 'default'
  }
  data: Record<string, string>
}

/**
 * Builds a notification that Android shows by itself while the app is in the background, and hands to it otherwise: at
 * most 4,096 bytes. JSON of the app's own and CometChat's message are text in `data`.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#androidnotification
 */
export function buildFcmAlert(alert: Alert): FcmAlert {
  return fitAlert(alert, ({ title, body, localisedBody, badge, collapse, data, custom, message }) => ({
    notification: { title, body },
    androidNotification: {
      ...(collapse !== undefined && { tag: collapse }),
      ...(localisedBody && { bodyLocKey: localisedBody.key, bodyLocArgs: localisedBody.args }),
      // Zero would show a 1 on some launchers; no number clears it.
      ...(badge && { notificationCount: badge }),
      sound: 'default',
    },
    data: {
      ...data,
      ...(custom !== undefined && { custom: asText(custom) }),
      ...(message !== undefined && { message: asText(message) }),
    },
  }))
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
