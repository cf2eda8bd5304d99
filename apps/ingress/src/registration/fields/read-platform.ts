import type { Provider } from '@ringer/providers'
import type { DeviceKind, Platform } from '@ringer/store'

/**
 * What a platform's name says: the kind of phone and, with some names, what its token is for. If it stands for several platforms,
 * the token shows which one is meant: the first whose provider accepts it.
 */
export type NamedPlatform =
  | { ok: true; platforms: readonly [Platform, ...Platform[]]; kind?: DeviceKind | undefined }
  | { ok: false; message: string }

const refusedForFirebase =
  'means an iPhone with a Firebase token, which Ringer does not use: iPhones are reached by APNs, so register the ' +
  'PushKit token with a platform such as APNS_REACT_NATIVE_VOIP'

/**
 * The names that apps send, in lower case and with `_` between words: ours, those in CometChat's recipes (`ios-voip`,
 * `android-fcm`), and CometChat's `PushPlatforms`, which have the framework's name in the middle.
 * https://www.cometchat.com/docs/notifications/push-integration
 */
const names: readonly [RegExp, NamedPlatform][] = [
  [/^(ios|apns)$/, { ok: true, platforms: ['ios'] }],
  [/^(ios|apns|apns_\w+)_voip$/, { ok: true, platforms: ['ios'], kind: 'voip' }],
  [/^(ios_alert|apns_device|apns_\w+_device)$/, { ok: true, platforms: ['ios'], kind: 'alert' }],
  [/^(android|fcm|android_fcm|fcm_android|fcm_\w+_android)$/, { ok: true, platforms: ['android'] }],
  [/^(ios_fcm|fcm_ios|fcm_\w+_ios)$/, { ok: false, message: refusedForFirebase }],
  // A browser's own push subscription, or Firebase's token for a browser.
  [/^web(_push|_vapid)?$/, { ok: true, platforms: ['web', 'web-fcm'] }],
  [/^(web_fcm|fcm_web|fcm_web_\w+|fcm_\w+_web)$/, { ok: true, platforms: ['web-fcm'] }],
]

/**
 * Reads a platform's name, in any case: a name above, or a platform of some provider. A refusal says what to register
 * instead and never repeats the name.
 */
export function readPlatform(name: string, providers: readonly Provider[]): NamedPlatform {
  const normal = name.toLowerCase().replaceAll('-', '_')
  const named = names.find(([pattern]) => pattern.test(normal))?.[1]
  if (named) return named
  const platforms = providers.flatMap(provider => provider.platforms)
  if (platforms.includes(normal)) return { ok: true, platforms: [normal] }
  const message = `must be ${platforms.join(' or ')}, or one of CometChat's names, such as APNS_REACT_NATIVE_VOIP, FCM_REACT_NATIVE_ANDROID or FCM_WEB`
  return { ok: false, message }
}
