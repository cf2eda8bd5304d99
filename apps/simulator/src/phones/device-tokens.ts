import { createHash } from 'node:crypto'

/**
 * The tokens of a user's phones. They are the same on every run: Redis outlives the simulator, and new ones each time
 * would leave a drawer of dead phones.
 */
export function deviceTokens(uid: string): { voip: string; alert: string; fcm: string } {
  const digest = (text: string) => createHash('sha256').update(`ringer simulator ${uid} ${text}`)
  return {
    voip: digest('iphone').digest('hex'),
    alert: digest('alert').digest('hex'),
    fcm: `${digest('id').digest('base64url').slice(0, 22)}:APA91b${digest('android').digest('base64url')}${digest('more').digest('base64url')}${digest('rest').digest('base64url')}`,
  }
}
