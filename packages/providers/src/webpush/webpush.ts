import type { Provider } from '../provider.ts'
import { ringTopic } from '../push-topic.ts'
import { readToken } from './read-token.ts'
import { type WebPushSettings, webpushSettings } from './settings/webpush-settings.ts'

/**
 * Web Push: browsers, by the push service that each of them brings along (RFC 8030).
 *
 * @param furtherHosts hosts whose endpoints may be registered although they are not public
 */
export const createWebpush = (furtherHosts: readonly string[] = []) =>
  ({
    name: 'webpush',
    title: 'Web Push',
    phones: 'browsers',
    platforms: ['web'],
    // A browser has one subscription for everything.
    kinds: ['both', 'voip', 'alert'],
    kindsRule: 'must be both, voip or alert',
    settings: webpushSettings,
    prefixes: ['VAPID'],
    required: [
      'VAPID_PUBLIC_KEY',
      'is required to ring browsers (with VAPID_PRIVATE_KEY and VAPID_SUBJECT); npm run ringer -- vapid prints a pair',
    ],
    readToken: token => readToken(token, furtherHosts),
    reaches: ({ platform }) => platform === 'web',
    pushId: ringTopic,
    canStop: true,
  }) satisfies Provider<WebPushSettings>
