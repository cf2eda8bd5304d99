import type { PushJob } from '@ringer/payloads'
import { alertDevice } from './alert-device.ts'
import type { Next, PushDeps } from './push-deps.ts'
import { ringDevice } from './ring-device.ts'
import { stopDevice } from './stop-device.ts'

/**
 * Takes the push to one device one step on.
 *
 * @param attempt the attempt's number, from 1, as the queue counts it
 */
export async function handlePush(job: PushJob, attempt: number, deps: PushDeps): Promise<Next> {
  switch (job.kind) {
    case 'ring':
      return ringDevice(job, deps)
    case 'stop':
      return stopDevice(job, attempt, deps)
    case 'alert':
      return alertDevice(job, attempt, deps)
  }
}
