import type { FakeDevice } from '../wire/fake-device.ts'
import type { Answer } from '../wire/judge-push.ts'

/** What the state of a device calls for, null when it is well. An unknown one is well unless `strict`. */
export function checkDevice(device: FakeDevice | undefined, strict: boolean): Answer | null {
  if (device ? device.state === 'active' : !strict) return null
  return { status: 404, reason: 'UNREGISTERED', message: 'Requested entity was not found.' }
}
