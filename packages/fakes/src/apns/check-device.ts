import type { FakeDevice } from '../wire/fake-device.ts'
import type { Answer } from '../wire/judge-push.ts'
import { type ApnsReason, apnsRejections } from './rejections.ts'

/** Apple's answer with this reason. */
export function reject(reason: ApnsReason): Answer {
  return { status: apnsRejections[reason], reason }
}

/** A token that Apple never gives to a phone. */
const NO_PHONE = /^0+$/

/**
 * Apple's refusal because of a device's state, or null if it accepts. Unknown devices are refused only if `strict`, but a token of
 * zeros always.
 */
export function checkDevice(
  token: string,
  device: FakeDevice | undefined,
  context: { topic: string; environment: 'production' | 'sandbox'; strict: boolean; now: number },
): Answer | null {
  if (!device) return context.strict || NO_PHONE.test(token) ? reject('BadDeviceToken') : null
  // To Apple, a token of the other environment is the same as one that never existed.
  if (device.environment !== undefined && device.environment !== context.environment)
    return reject('BadDeviceToken')
  const kind = context.topic.endsWith('.voip') ? 'voip' : 'alert'
  if (device.kind !== undefined && device.kind !== kind) return reject('DeviceTokenNotForTopic')
  if (device.state === 'active') return null
  return { ...reject('Unregistered'), timestamp: device.unregisteredAt ?? context.now }
}
