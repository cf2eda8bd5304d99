import { createHash } from 'node:crypto'
import apn from '@parse/node-apn'
import type { SenderContext } from '../provider.ts'
import type { OutgoingAlert, OutgoingRing } from '../sending/push-sender.ts'
import { apnsId } from './payloads/apns-id.ts'
import { buildApnsAlert } from './payloads/build-alert.ts'
import { buildApnsRing } from './payloads/build-ring.ts'

/** Apple allows 64 bytes for a collapse id, and an HTTP header allows these characters only. */
const COLLAPSE_ID = /^[\x21-\x7e]{1,64}$/

type PushOptions = Partial<Pick<SenderContext, 'legacyPayload' | 'stateUrlOf'>>

/**
 * Builds the VoIP push of a ring, or an alert push.
 * https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */
export function buildPush(
  push: OutgoingRing | OutgoingAlert,
  { bundleId, legacyPayload, stateUrlOf }: { bundleId: string } & PushOptions,
): apn.Notification {
  const topic = push.device.bundleId ?? bundleId
  const notification = new apn.Notification()
  notification.priority = 10
  notification.expiry = Math.floor(push.deadline / 1_000)
  if (push.kind === 'ring') {
    notification.topic = `${topic}.voip`
    notification.pushType = 'voip'
    notification.id = apnsId(push.ringId, push.device.id)
    const stateUrl = stateUrlOf?.({ ringId: push.ringId, deviceId: push.device.id })
    notification.rawPayload = buildApnsRing(push.event, push.receivedAt, { legacyPayload, stateUrl })
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
  COLLAPSE_ID.test(tag) ? tag : createHash('sha256').update(tag).digest('hex')
