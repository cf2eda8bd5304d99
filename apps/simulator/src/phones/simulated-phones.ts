import { createHash } from 'node:crypto'
import type { BrowserHandset, PhoneHandset } from './handset.ts'

/** Bob's two phones: an iPhone and an Android phone. */
export function bobsPhones(uid: string): PhoneHandset[] {
  const { voip, alert, fcm } = deviceTokensOf(uid)
  return [
    { id: 'iphone', name: 'Bob’s iPhone', platform: 'ios', uid, token: voip, alertToken: alert },
    { id: 'android', name: 'Bob’s Android', platform: 'android', uid, token: fcm },
  ]
}

/** The browser on Bob's laptop. */
export const bobsLaptop = (uid: string): BrowserHandset => ({
  ...{ id: 'laptop', name: 'Bob’s laptop', platform: 'web', uid, deviceId: 'bobs-laptop' },
})

/** Carol's one phone, which rings when her group is called. */
export function carolsPhone(uid: string): PhoneHandset {
  const token = deviceTokensOf(uid).fcm
  return { id: 'carols-android', name: 'Carol’s Android', platform: 'android', uid, token }
}

/**
 * The tokens of a user's phones. They are the same on every run: Redis outlives the simulator, and new tokens on each run
 * would leave dead phones behind.
 */
function deviceTokensOf(uid: string): { voip: string; alert: string; fcm: string } {
  const digest = (text: string) => createHash('sha256').update(`ringer simulator ${uid} ${text}`)
  return {
    voip: digest('iphone').digest('hex'),
    alert: digest('alert').digest('hex'),
    fcm: `${digest('id').digest('base64url').slice(0, 22)}:APA91b${digest('android').digest('base64url')}${digest('more').digest('base64url')}${digest('rest').digest('base64url')}`,
  }
}
