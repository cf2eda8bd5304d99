import type { Provider } from '../provider.ts'
import { apnsId } from './payloads/apns-id.ts'
import { readToken } from './read-token.ts'
import { type ApnsSettings, apnsSettings } from './settings/apns-settings.ts'

/** Apple Push Notification service: iPhones. */
export const apns = {
  name: 'apns',
  title: 'APNs',
  phones: 'iPhones',
  platforms: ['ios'],
  // An iPhone has one token for rings and another one for notifications. They are not interchangeable.
  kinds: ['voip', 'alert'],
  kindsRule:
    'both is for Android only: an iPhone has two tokens, so register its PushKit token as voip and its ordinary one as alert',
  settings: apnsSettings,
  required: [
    'APNS_KEY_PATH',
    'is required to ring iPhones (with APNS_KEY_ID, APNS_TEAM_ID and APNS_BUNDLE_ID), or APNS_CERT_PATH',
  ],
  readToken,
  reaches: ({ platform }) => platform === 'ios',
  pushId: apnsId,
  canStop: false,
} satisfies Provider<ApnsSettings>
