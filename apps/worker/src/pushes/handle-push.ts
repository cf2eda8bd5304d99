import type { PushJob } from '@ringer/payloads'
import type { AttemptDeps, Next } from '../attempts/attempt-deps.ts'
import { stopDevice } from '../stops/stop-device.ts'
import { alertDevice } from './alert-device.ts'
import { ringDevice } from './ring-device.ts'

/**
 * Handles the push to one device: makes at most one attempt.
 *
 * @param attempt the attempt's number, from 1, as the queue counts them
 */
export async function handlePush(job: PushJob, attempt: number, deps: AttemptDeps): Promise<Next> {
  switch (job.kind) {
    case 'ring':
      return ringDevice(job, attempt, deps)
    case 'stop':
      return stopDevice(job, attempt, deps)
    case 'alert':
      return alertDevice(job, attempt, deps)
  }
}
