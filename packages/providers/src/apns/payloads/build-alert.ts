import { type Alert, fitAlert } from '@ringer/payloads'

/** The body of an ordinary notification, with Apple's keys. */
export interface ApnsAlert {
  aps: {
    alert: { title: string; body: string; 'loc-key'?: string; 'loc-args'?: string[] }
    sound: 'default'
    badge?: number
    'thread-id'?: string
    'mutable-content': 1
    'interruption-level'?: 'time-sensitive'
  }
  [key: string]: unknown
}

/**
 * Builds the body of an alert push: at most 4,096 bytes of JSON, with the app's keys beside `aps`, where CometChat's own
 * pushes have them. `mutable-content` lets an extension of the app change the notification before it is shown.
 * https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
 */
export function buildApnsAlert(alert: Alert): ApnsAlert {
  return fitAlert(
    alert,
    ({ title, body, localisedBody, badge, thread, timeSensitive, data, custom, message }) => ({
      ...data,
      ...(custom !== undefined && { custom }),
      ...(message !== undefined && { message }),
      aps: {
        alert: {
          title,
          body,
          ...(localisedBody && { 'loc-key': localisedBody.key, 'loc-args': localisedBody.args }),
        },
        sound: 'default',
        ...(badge !== undefined && { badge }),
        ...(thread !== undefined && { 'thread-id': thread }),
        'mutable-content': 1,
        ...(timeSensitive && { 'interruption-level': 'time-sensitive' as const }),
      },
    }),
  )
}
