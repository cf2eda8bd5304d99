import type { StopJob } from '@ringer/payloads'
import { makeAttempt } from './make-attempt.ts'
import { planRetry } from './plan-retry.ts'
import { type Next, over, type PushDeps } from './push-deps.ts'

/** Tells an Android phone that there is nothing to ring for any more, as long as that is worth telling. */
export async function stopDevice(job: StopJob, attempt: number, deps: PushDeps): Promise<Next> {
  const { records, devices, clock } = deps
  const known = await records.readEvent(job.ringId)
  const device = await devices.get(job.deviceId)
  if (!known || !device || device.uid !== known.event.recipient || clock() >= job.deadline) return over
  const { kind, ringId, action, deadline } = job
  const push = { kind, ringId, action, deadline, device, event: known.event, receivedAt: known.receivedAt }
  const outcome = await makeAttempt(job, push, attempt, deps)
  if (outcome.kind !== 'retryable') return over
  const plan = planRetry(outcome, attempt, clock(), deadline)
  return plan.retry ? { done: false, at: plan.at } : over
}
