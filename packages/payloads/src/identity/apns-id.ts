import { nameBasedUuid } from './name-based-uuid.ts'

/**
 * The `apns-id` of a ring on a device: a UUID, the same on every attempt, so that an attempt that may have been
 * delivered and its repetition can be told to be one.
 * https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */
export function apnsId(ringId: string, deviceId: string): string {
  return nameBasedUuid('apns', ringId, deviceId)
}
