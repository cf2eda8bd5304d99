import type { Provider } from '../provider.ts'
import { explainGoogleRefusal } from './explain-account.ts'
import { type FcmSettings, fcmSettings } from './fcm-settings.ts'
import { readToken } from './read-token.ts'

/** Firebase Cloud Messaging: Android phones, and browsers in which the app uses Firebase's library. */
export const fcm = {
  name: 'fcm',
  title: 'FCM',
  phones: 'Android phones',
  platforms: ['android', 'web-fcm'],
  // An Android phone has one token for everything, and so has a browser.
  kinds: ['both', 'voip', 'alert'],
  kindsRule: 'must be both, voip or alert',
  settings: fcmSettings,
  required: ['GOOGLE_APPLICATION_CREDENTIALS', 'is required to ring Android phones'],
  readToken,
  reaches: ({ platform }) => platform === 'android' || platform === 'web-fcm',
  explainAccount: explainGoogleRefusal,
  canStop: true,
} satisfies Provider<FcmSettings>
