import apn from '@parse/node-apn'
import { apnsId, buildApnsRing } from '@ringer/payloads'
import type { OutgoingPush } from '../push-sender.ts'

/**
 * Builds the VoIP push of a ring.
 * https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */
export function buildPush(push: OutgoingPush, bundleId: string): apn.Notification {
  const notification = new apn.Notification()
  notification.topic = `${push.device.bundleId ?? bundleId}.voip`
  notification.pushType = 'voip'
  notification.priority = 10
  notification.expiry = Math.floor(push.deadline / 1_000)
  notification.id = apnsId(push.ringId, push.device.id)
  notification.rawPayload = buildApnsRing(push.event, push.receivedAt)
  return notification
}
