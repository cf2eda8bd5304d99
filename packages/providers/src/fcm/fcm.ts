import type { Provider } from '../provider.ts'
import { type FcmSettings, fcmSettings } from './fcm-settings.ts'
import { readToken } from './read-token.ts'

/** Firebase Cloud Messaging: Android phones. */
export const fcm = {
  name: 'fcm',
  title: 'FCM',
  phones: 'Android phones',
  platforms: ['android'],
  // An Android phone has one token for everything.
  kinds: ['both', 'voip', 'alert'],
  kindsRule: 'must be both, voip or alert',
  settings: fcmSettings,
  required: ['GOOGLE_APPLICATION_CREDENTIALS', 'is required to ring Android phones'],
  readToken,
  reaches: ({ platform }) => platform === 'android',
  canStop: true,
} satisfies Provider<FcmSettings>
