import type { FakeDevice } from '../wire/fake-device.ts'
import type { FakeAnswer } from '../wire/judge-push.ts'
import { type ApnsReason, apnsRejections } from './rejections.ts'

/** Apple's answer with this reason. */
export function answerReason(reason: ApnsReason): FakeAnswer {
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
): FakeAnswer | null {
  if (!device) return context.strict || NO_PHONE.test(token) ? answerReason('BadDeviceToken') : null
  // To Apple, a token of the other environment is the same as one that never existed.
  if (device.environment !== undefined && device.environment !== context.environment)
    return answerReason('BadDeviceToken')
  const kind = context.topic.endsWith('.voip') ? 'voip' : 'alert'
  if (device.kind !== undefined && device.kind !== kind) return answerReason('DeviceTokenNotForTopic')
  if (device.state === 'active') return null
  return { ...answerReason('Unregistered'), timestamp: device.unregisteredAt ?? context.now }
}
