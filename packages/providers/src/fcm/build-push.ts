import type { LegacyPayload } from '@ringer/payloads'
import type { Message } from 'firebase-admin/messaging'
import type { SenderContext } from '../provider.ts'
import type { OutgoingAlert, OutgoingPush } from '../sending/push-sender.ts'
import { buildFcmAlert } from './payloads/build-alert.ts'
import { buildFcmRing, type FcmCallType } from './payloads/build-ring.ts'
import { buildFcmStop, type FcmStopAction } from './payloads/build-stop.ts'

/** Which keys and words the Android app reads. */
export interface FcmDialect {
  callType: FcmCallType
  /** Default: `exact`. */
  stopAction?: FcmStopAction
  legacyPayload: LegacyPayload
  /** Default: no push carries a state URL. */
  stateUrlOf?: SenderContext['stateUrlOf']
}

/**
 * Builds the message of a push. A ring or a stop holds data only, or Android would show it itself. An alert holds a
 * notification, which Android is meant to show.
 * https://firebase.google.com/docs/cloud-messaging/android/message-priority
 *
 * @param now epoch ms; the message's ttl is the time from then to its deadline
 */
export function buildPush(push: OutgoingPush, dialect: FcmDialect, now: number): Message {
  const { callType, legacyPayload } = dialect
  const { token } = push.device
  const android = { priority: 'high' as const, ttl: Math.max(0, push.deadline - now) }
  switch (push.kind) {
    case 'ring': {
      const options = { legacyPayload, stateUrl: stateUrlFor(push, dialect) }
      return { token, data: buildFcmRing(push.event, push.receivedAt, callType, options), android }
    }
    case 'stop': {
      const options = { ...dialect, stateUrl: stateUrlFor(push, dialect) }
      const data = buildFcmStop(push.event, push.receivedAt, callType, push.action, options)
      return { token, data, android }
    }
    case 'alert':
      return buildAlert(push, android)
  }
}

const stateUrlFor = (
  { ringId, device }: Exclude<OutgoingPush, OutgoingAlert>,
  { stateUrlOf }: Pick<FcmDialect, 'stateUrlOf'>,
) => stateUrlOf?.({ ringId, deviceId: device.id })

function buildAlert({ device, alert }: OutgoingAlert, android: { priority: 'high'; ttl: number }): Message {
  const { notification, androidNotification, data } = buildFcmAlert(alert)
  return {
    token: device.token,
    notification,
    data,
    android: { ...android, notification: androidNotification },
  }
}
