import type { RingJob } from '@ringer/payloads'
import type { AttemptDeps, Next } from '../attempts/attempt-deps.ts'
import { ringPhone, settleUnsent } from '../rings/ring-phone.ts'

/**
 * Makes the next attempt on a phone that was not rung with its claim.
 *
 * @param attempt the number of times that this job was taken from the queue, from 1
 */
export async function ringDevice(job: RingJob, attempt: number, deps: AttemptDeps): Promise<Next> {
  const { records, devices, clock } = deps
  const { ringId, deviceId, attempts = 0 } = job
  const [known, device] = await Promise.all([records.readEvent(ringId), devices.get(deviceId)])
  if (known && device) return ringPhone({ job, device, ...known }, attempts + attempt, deps)
  return settleUnsent(job, await records.beginAttempt(ringId, deviceId, clock()), deps)
}
