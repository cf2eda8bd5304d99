import { createECDH, randomBytes } from 'node:crypto'
import type { ReceiverKeys } from './decrypt-payload.ts'

/** What a browser gives an app, as `subscription.toJSON()`. */
export interface FakeSubscription {
  endpoint: string
  expirationTime: null
  keys: { p256dh: string; auth: string }
}

export interface Subscriptions {
  /** Subscribes a browser, as `pushManager.subscribe()` does. The key is the app's VAPID public key. */
  add(applicationServerKey: string): FakeSubscription
  /** The browser that an endpoint's path leads to. */
  at(path: string): SubscribedBrowser | undefined
}

export interface SubscribedBrowser {
  /** What Ringer stores of the subscription: its JSON without `expirationTime`. */
  token: string
  applicationServerKey: string
  keys: ReceiverKeys
}

const PATH = '/push/'

/** Keeps the subscriptions of a push service, with the keys that only their browsers know. */
export function createSubscriptions(origin: string): Subscriptions {
  const browsers = new Map<string, SubscribedBrowser>()
  return {
    add(applicationServerKey) {
      const path = `${PATH}${randomBytes(24).toString('base64url')}`
      const pair = createECDH('prime256v1')
      const publicKey = pair.generateKeys()
      const auth = randomBytes(16)
      const endpoint = `${origin}${path}`
      const keys = { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') }
      browsers.set(path, {
        token: JSON.stringify({ endpoint, keys }),
        applicationServerKey,
        keys: { pair, auth },
      })
      return { endpoint, expirationTime: null, keys }
    },
    at: path => browsers.get(path),
  }
}
