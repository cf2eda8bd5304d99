import {
  buildFcmAlert,
  buildFcmRing,
  buildFcmStop,
  type FcmCallType,
  type FcmStopAction,
  type LegacyPayload,
} from '@ringer/payloads'
import type { Message } from 'firebase-admin/messaging'
import type { OutgoingAlert, OutgoingPush } from '../push-sender.ts'

/** How the Android app wants to be spoken to. */
export interface FcmDialect {
  callType: FcmCallType
  /** `exact`, unless it is told otherwise. */
  stopAction?: FcmStopAction
  /** `none`, unless it is told otherwise. */
  legacyPayload?: LegacyPayload
}

/**
 * Builds a ring or a stop: data only, or Android would show it itself; or a notification, which it shall show.
 * https://firebase.google.com/docs/cloud-messaging/android/message-priority
 *
 * @param now epoch ms: the message is worth what is left of its deadline from here
 */
export function buildPush(push: OutgoingPush, dialect: FcmDialect, now: number): Message {
  const { callType, legacyPayload } = dialect
  const { token } = push.device
  const android = { priority: 'high' as const, ttl: Math.max(0, push.deadline - now) }
  switch (push.kind) {
    case 'ring':
      return { token, data: buildFcmRing(push.event, push.receivedAt, callType, legacyPayload), android }
    case 'stop':
      return {
        token,
        data: buildFcmStop(push.event, push.receivedAt, callType, push.action, dialect),
        android,
      }
    case 'alert':
      return buildAlert(push, android)
  }
}

function buildAlert({ device, alert }: OutgoingAlert, android: { priority: 'high'; ttl: number }): Message {
  const { notification, androidNotification, data } = buildFcmAlert(alert)
  return {
    token: device.token,
    notification,
    data,
    android: { ...android, notification: androidNotification },
  }
}
