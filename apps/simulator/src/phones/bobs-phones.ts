import { createHash } from 'node:crypto'
import type { PhoneId } from './phone-state.ts'

export type BobsPhone = { id: PhoneId; name: string; platform: 'ios' | 'android'; token: string }

/**
 * The two phones. Their tokens are the same on every run: Redis outlives the simulator, and a new pair each time would
 * leave Bob with a drawer of dead phones.
 */
export function bobsPhones(uid: string): BobsPhone[] {
  const digest = (text: string) => createHash('sha256').update(`ringer simulator ${uid} ${text}`)
  return [
    { id: 'iphone', name: 'Bob’s iPhone', platform: 'ios', token: digest('iphone').digest('hex') },
    {
      id: 'android',
      name: 'Bob’s Android',
      platform: 'android',
      token: `${digest('id').digest('base64url').slice(0, 22)}:APA91b${digest('android').digest('base64url')}${digest('more').digest('base64url')}${digest('rest').digest('base64url')}`,
    },
  ]
}
