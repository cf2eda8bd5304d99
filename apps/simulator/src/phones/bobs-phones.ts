import { deviceTokens } from './device-tokens.ts'
import type { Handset } from './handset.ts'

/** The two phones in Bob's pocket. */
export function bobsPhones(uid: string): Handset[] {
  const { voip, alert, fcm } = deviceTokens(uid)
  return [
    { id: 'iphone', name: 'Bob’s iPhone', platform: 'ios', uid, token: voip, alertToken: alert },
    { id: 'android', name: 'Bob’s Android', platform: 'android', uid, token: fcm },
  ]
}
