import { buildFcmRing, buildFcmStop, type FcmCallType } from '@ringer/payloads'
import type { Message } from 'firebase-admin/messaging'
import type { OutgoingPush } from '../push-sender.ts'

/**
 * Builds a ring or a stop: data only, or Android would show it itself.
 * https://firebase.google.com/docs/cloud-messaging/android/message-priority
 *
 * @param now epoch ms: the message is worth what is left of its deadline from here
 */
export function buildPush(push: OutgoingPush, callType: FcmCallType, now: number): Message {
  const data =
    push.kind === 'ring'
      ? buildFcmRing(push.event, push.receivedAt, callType)
      : buildFcmStop(push.event, push.receivedAt, callType, push.action)
  return {
    token: push.device.token,
    data,
    android: { priority: 'high', ttl: Math.max(0, push.deadline - now) },
  }
}
