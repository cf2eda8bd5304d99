import type { LegacyPayload } from '@ringer/payloads'
import type { Message } from 'firebase-admin/messaging'
import type { SenderContext } from '../provider.ts'
import { topicOf } from '../push-topic.ts'
import type { OutgoingAlert, OutgoingPush } from '../sending/push-sender.ts'
import { buildFcmAlert } from './payloads/build-alert.ts'
import { buildFcmRing, type FcmCallType } from './payloads/build-ring.ts'
import { buildFcmStop, type FcmStopAction } from './payloads/build-stop.ts'
import { targetOf } from './target.ts'

/** Which keys and words the Android app reads. */
export interface FcmDialect {
  callType: FcmCallType
  /** Default: `exact`. */
  stopAction?: FcmStopAction
  legacyPayload: LegacyPayload
  /** Default: none. */
  analyticsLabel?: string | undefined
  /** Default: false. */
  directBoot?: boolean
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
  const { callType, legacyPayload, analyticsLabel } = dialect
  const { token, platform } = push.device
  const target = { ...targetOf(token), ...(analyticsLabel && { fcmOptions: { analyticsLabel } }) }
  const ttl = Math.max(0, push.deadline - now)
  // A notification is of no use before the phone is unlocked.
  const directBoot = dialect.directBoot && push.kind !== 'alert' ? { directBootOk: true } : {}
  const android = { priority: 'high' as const, ttl, ...directBoot }
  const way = platform === 'android' ? { android } : { webpush: { headers: webHeaders(push, ttl) } }
  switch (push.kind) {
    case 'ring': {
      const options = { legacyPayload, stateUrl: stateUrlFor(push, dialect) }
      return { ...target, data: buildFcmRing(push.event, push.receivedAt, callType, options), ...way }
    }
    case 'stop': {
      const options = { ...dialect, stateUrl: stateUrlFor(push, dialect) }
      const data = buildFcmStop(push.event, push.receivedAt, callType, push.action, options)
      return { ...target, data, ...way }
    }
    case 'alert': {
      const { notification, androidNotification, data } = buildFcmAlert(push.alert)
      const message = { ...target, notification, data, ...way }
      if (platform !== 'android') return message
      return { ...message, android: { ...android, notification: androidNotification } }
    }
  }
}

const stateUrlFor = (
  { ringId, device }: Exclude<OutgoingPush, OutgoingAlert>,
  { stateUrlOf }: Pick<FcmDialect, 'stateUrlOf'>,
) => stateUrlOf?.({ ringId, deviceId: device.id })

/**
 * The headers with which Google passes a message on to a browser's push service: at once, and not after its
 * time, in seconds.
 * https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#webpushconfig
 */
const webHeaders = (push: OutgoingPush, ttlMs: number) => ({
  Urgency: 'high',
  TTL: String(Math.floor(ttlMs / 1_000)),
  Topic: topicOf(push),
})
