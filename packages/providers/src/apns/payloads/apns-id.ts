import { nameBasedUuid } from '@ringer/payloads'

/**
 * Returns the `apns-id` of a ring (or an alert) for a device: a UUID that is the same on every attempt. An attempt that may
 * have been delivered and its repetition can thus be recognised as one push.
 * https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */
export function apnsId(ringId: string, deviceId: string): string {
  return nameBasedUuid('apns', ringId, deviceId)
}
