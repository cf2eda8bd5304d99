import { deviceTokens } from './device-tokens.ts'
import type { Handset } from './handset.ts'

/** Carol has one phone, which rings when her group is called. */
export function carolsPhone(uid: string): Handset {
  return {
    id: 'carols-android',
    name: 'Carol’s Android',
    platform: 'android',
    uid,
    token: deviceTokens(uid).fcm,
  }
}
