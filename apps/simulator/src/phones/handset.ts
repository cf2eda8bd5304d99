import type { FakeSubscription } from '@ringer/fakes'
import type { PhoneId } from './handset-state.ts'

interface AnyHandset {
  id: PhoneId
  name: string
  /** Its user's uid. */
  uid: string
}

/** A phone, with the tokens by which Apple and Google know it. */
export interface PhoneHandset extends AnyHandset {
  platform: 'ios' | 'android'
  token: string
  /** An iPhone has a separate token for notifications. An Android phone has one token for everything. */
  alertToken?: string
}

/** A browser. It has no token of its own: it subscribes with the key that the ingress tells it. */
export interface BrowserHandset extends AnyHandset {
  platform: 'web'
  /** The app's own name for it. A new subscription replaces the one before under this name. */
  deviceId: string
}

/** One of the phones on the page, with its user. A browser counts as one. */
export type Handset = PhoneHandset | BrowserHandset

/** Subscribes a browser at its push service, as `pushManager.subscribe()` does, with the VAPID public key. */
export type Subscribe = (applicationServerKey: string) => FakeSubscription
