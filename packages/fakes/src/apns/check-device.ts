import type { FakeDevice } from '../wire/fake-device.ts'
import type { Answer } from '../wire/judge-push.ts'
import { APNS_REJECTIONS, type ApnsReason } from './rejections.ts'

/** Apple's answer with this reason. */
export function reject(reason: ApnsReason): Answer {
  return { status: APNS_REJECTIONS[reason], reason }
}

/** What the state of a device calls for, null when it is well. An unknown one is well unless `strict`. */
export function checkDevice(
  device: FakeDevice | undefined,
  context: { topic: string; environment: 'production' | 'sandbox'; strict: boolean; now: number },
): Answer | null {
  if (!device) return context.strict ? reject('BadDeviceToken') : null
  // A token of the other environment is as unknown here as one that never was.
  if (device.environment !== undefined && device.environment !== context.environment)
    return reject('BadDeviceToken')
  const kind = context.topic.endsWith('.voip') ? 'voip' : 'alert'
  if (device.kind !== undefined && device.kind !== kind) return reject('DeviceTokenNotForTopic')
  if (device.state === 'active') return null
  return { ...reject('Unregistered'), timestamp: device.unregisteredAt ?? context.now }
}
