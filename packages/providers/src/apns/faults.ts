import type { Why } from '@ringer/store'

/**
 * What Apple's reasons mean to somebody who looks for a mistake.
 * https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
export const apnsFaults: Readonly<Record<string, Why>> = {
  // Also a malformed token, but the registration has checked its form.
  BadDeviceToken: 'wrong-environment',
  DeviceTokenNotForTopic: 'wrong-topic',
  TopicDisallowed: 'wrong-topic',
  BadTopic: 'wrong-topic',
  MissingTopic: 'wrong-topic',
  InvalidProviderToken: 'wrong-key',
  MissingProviderToken: 'wrong-key',
  ExpiredProviderToken: 'wrong-key',
  BadEnvironmentKeyIdInToken: 'wrong-key-environment',
  UnrelatedKeyIdInToken: 'unrelated-key',
  Forbidden: 'wrong-key',
  BadCertificate: 'wrong-key',
  BadCertificateEnvironment: 'wrong-key',
}
