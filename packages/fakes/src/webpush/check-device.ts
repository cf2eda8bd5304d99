import type { FakeDevice } from '../wire/fake-device.ts'
import type { FakeAnswer } from '../wire/judge-push.ts'

/** The refusal because of a browser's state, or null if it takes pushes: 410 once it has unsubscribed. */
export function checkDevice(device: FakeDevice | undefined): FakeAnswer | null {
  return device?.state === 'unregistered' ? { status: 410, reason: 'Unregistered' } : null
}
