import type { FakeDevice } from '../wire/fake-device.ts'
import type { FakeAnswer } from '../wire/judge-push.ts'

/** Google's refusal because of a device's state, or null if it accepts. Unknown devices are refused only if `strict`. */
export function checkDevice(device: FakeDevice | undefined, strict: boolean): FakeAnswer | null {
  if (device ? device.state === 'active' : !strict) return null
  return { status: 404, reason: 'UNREGISTERED', message: 'Requested entity was not found.' }
}
