import { createECDH } from 'node:crypto'
import { type Device, deviceIdOf } from '@ringer/store'
import { ringEvent } from '../../../payloads/test/ring-events.ts'
import type { SenderContext } from '../../src/provider.ts'
import type { OutgoingRing } from '../../src/sending/push-sender.ts'

const APP_ID = 'app-1'
const RING_MS = 30_000

/** A device token in Apple's form. */
export const deviceToken = (number: number) => `a${number.toString(16)}`.padStart(64, '0')

/** A registration token in Google's form. */
export const registrationToken = (number: number) => `fcm:APA91b-${String(number).padStart(8, '0')}`

export function iphone(number: number, more: Partial<Device> = {}): Device {
  return deviceOf(deviceToken(number), { platform: 'ios', ...more })
}

export function android(number: number, more: Partial<Device> = {}): Device {
  return deviceOf(registrationToken(number), { platform: 'android', ...more })
}

/** The public key of a browser. Nobody has its private key here. */
const P256DH = createECDH('prime256v1').generateKeys().toString('base64url')

/** A subscription at a push service that does not exist. */
export const subscription = (number: number, endpoint = `https://push.example.com/${number}`) =>
  JSON.stringify({ endpoint, keys: { p256dh: P256DH, auth: Buffer.alloc(16, number).toString('base64url') } })

export function browser(number: number, more: Partial<Device> = {}): Device {
  return deviceOf(subscription(number), { platform: 'web', ...more })
}

function deviceOf(token: string, more: Pick<Device, 'platform'> & Partial<Device>): Device {
  return {
    appId: APP_ID,
    uid: 'bob',
    kind: 'voip',
    token,
    registeredAt: 1_700_000_000_000,
    seenAt: 1_700_000_000_000,
    ...more,
    id: deviceIdOf(APP_ID, more.token ?? token),
  }
}

/** The ring for a device, of a call that begins now. */
export function ringOf(device: Device, more: { deadline?: number; ringId?: string } = {}): OutgoingRing {
  const receivedAt = Date.now()
  return {
    kind: 'ring',
    ringId: 'ring-1',
    device,
    event: ringEvent({ sentAt: receivedAt }),
    receivedAt,
    deadline: receivedAt + RING_MS,
    ...more,
  }
}

/** Lets every push leave. */
export const commit = async () => true

/** What a sender needs besides its settings. */
export const context = (clock = Date.now): SenderContext => ({ legacyPayload: 'none', clock })

/** Numbers from 1 to `count`. */
export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
