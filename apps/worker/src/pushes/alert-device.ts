import type { AlertJob } from '@ringer/payloads'
import { makeAttempt } from './make-attempt.ts'
import { noteDevice } from './note-device.ts'
import { planRetry } from './plan-retry.ts'
import { type Next, over, type PushDeps } from './push-deps.ts'

/** A notification is worth sending for a day, so that it can wait for a provider that is away. */
const LONGEST_BACKOFF_MS = 60_000

/** Shows an ordinary notification on a device, unless its user has left it since. */
export async function alertDevice(job: AlertJob, attempt: number, deps: PushDeps): Promise<Next> {
  const { devices, clock } = deps
  const device = await devices.get(job.deviceId)
  if (device?.uid !== job.recipient || device.kind === 'voip' || clock() >= job.deadline) return over
  const { kind, alertId, alert, deadline } = job
  const outcome = await makeAttempt(job, { kind, alertId, alert, deadline, device }, attempt, deps)
  await noteDevice(device, outcome, deps)
  if (outcome.kind !== 'retryable') return over
  const plan = planRetry(outcome, attempt, clock(), deadline, LONGEST_BACKOFF_MS)
  return plan.retry ? { done: false, at: plan.at } : over
}
