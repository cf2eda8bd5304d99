import { createHash } from 'node:crypto'
import apn from '@parse/node-apn'
import { apnsId, buildApnsAlert, buildApnsRing, type LegacyPayload } from '@ringer/payloads'
import type { OutgoingAlert, OutgoingRing } from '../push-sender.ts'

/** Apple's limit for a collapse id is 64 bytes, and it goes into a header, which takes no other characters. */
const FIT_TO_COLLAPSE = /^[\x21-\x7e]{1,64}$/

/**
 * Builds the VoIP push of a ring, or an ordinary notification.
 * https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */
export function buildPush(
  push: OutgoingRing | OutgoingAlert,
  { bundleId, legacyPayload }: { bundleId: string; legacyPayload?: LegacyPayload },
): apn.Notification {
  const topic = push.device.bundleId ?? bundleId
  const notification = new apn.Notification()
  notification.priority = 10
  notification.expiry = Math.floor(push.deadline / 1_000)
  if (push.kind === 'ring') {
    notification.topic = `${topic}.voip`
    notification.pushType = 'voip'
    notification.id = apnsId(push.ringId, push.device.id)
    notification.rawPayload = buildApnsRing(push.event, push.receivedAt, legacyPayload)
  } else {
    notification.topic = topic
    notification.pushType = 'alert'
    notification.id = apnsId(push.alertId, push.device.id)
    if (push.alert.collapse !== undefined) notification.collapseId = collapseId(push.alert.collapse)
    notification.rawPayload = buildApnsAlert(push.alert)
  }
  return notification
}

const collapseId = (tag: string) =>
  FIT_TO_COLLAPSE.test(tag) ? tag : createHash('sha256').update(tag).digest('hex')
