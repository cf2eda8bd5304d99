import type { DeviceKind, Platform } from '@ringer/store'

/** What a platform's name says: whose phone it is and, where the name tells, what its token is for. */
export type NamedPlatform =
  | { ok: true; platform: Platform; kind?: DeviceKind | undefined }
  | { ok: false; message: string }

const refusedForFirebase =
  'is an iPhone with a token of Firebase, which Ringer does not send to: iPhones are reached by APNs, so register the ' +
  'PushKit token with a platform such as APNS_REACT_NATIVE_VOIP'
const refusedForWeb =
  'is a browser; Ringer rings iPhones (APNS_…_VOIP, with the PushKit token) and Android phones (FCM_…ANDROID)'
const unknown =
  "must be ios or android, or one of CometChat's names, such as APNS_REACT_NATIVE_VOIP or FCM_REACT_NATIVE_ANDROID"

/**
 * The names that apps send, in lower case and with `_` between words: our own, those of CometChat's recipes
 * (`ios-voip`, `android-fcm`), and its `PushPlatforms`, which name the framework in the middle.
 * https://www.cometchat.com/docs/notifications/push-integration
 */
const names: readonly [RegExp, NamedPlatform][] = [
  [/^(ios|apns)$/, { ok: true, platform: 'ios' }],
  [/^(ios|apns|apns_\w+)_voip$/, { ok: true, platform: 'ios', kind: 'voip' }],
  [/^(ios_alert|apns_device|apns_\w+_device)$/, { ok: true, platform: 'ios', kind: 'alert' }],
  [/^(android|fcm|android_fcm|fcm_android|fcm_\w+_android)$/, { ok: true, platform: 'android' }],
  [/^(ios_fcm|fcm_ios|fcm_\w+_ios)$/, { ok: false, message: refusedForFirebase }],
  [/^(fcm_)?web(_\w+)?$/, { ok: false, message: refusedForWeb }],
]

/** Reads a platform's name, in any case. A refusal says what to register instead, and never repeats the name. */
export function readPlatform(name: string): NamedPlatform {
  const normal = name.toLowerCase().replaceAll('-', '_')
  return names.find(([pattern]) => pattern.test(normal))?.[1] ?? { ok: false, message: unknown }
}
