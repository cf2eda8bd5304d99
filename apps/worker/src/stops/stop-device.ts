import type { StopJob } from '@ringer/payloads'
import { type AttemptDeps, type Next, over } from '../attempts/attempt-deps.ts'
import { makeAttempt } from '../attempts/make-attempt.ts'
import { planRetry } from '../attempts/plan-retry.ts'
import { updateDevice } from '../attempts/update-device.ts'
import { isBeingRung } from './may-ring.ts'

/**
 * Tells a phone to stop ringing, unless it has another user now, is set aside, or the deadline has passed. Where the call
 * ended during an attempt, that attempt stops the phone, unless it is still without an answer.
 */
export async function stopDevice(job: StopJob, attempt: number, deps: AttemptDeps): Promise<Next> {
  const { records, devices, clock } = deps
  const known = await records.readEvent(job.ringId)
  const device = await devices.get(job.deviceId)
  if (!known || !device || device.uid !== known.event.recipient || clock() >= job.deadline) return over
  if (device.setAsideAt !== undefined) return over
  if (job.ifUnanswered && !(await isUnanswered(job, deps))) return over
  const { kind, ringId, action, deadline } = job
  const push = { kind, ringId, action, deadline, device, event: known.event, receivedAt: known.receivedAt }
  const outcome = await makeAttempt(
    job,
    push,
    attempt,
    async () => (await devices.get(job.deviceId))?.uid === device.uid && clock() < deadline,
    deps,
  )
  await updateDevice(device, outcome, deps)
  if (outcome.kind !== 'retryable') return over
  const plan = planRetry(outcome, attempt, clock(), deadline)
  return plan.retry ? { done: false, at: plan.at } : over
}

async function isUnanswered({ ringId, deviceId }: StopJob, { records }: AttemptDeps): Promise<boolean> {
  const ring = await records.readRing(ringId)
  return ring?.devices.some(device => device.deviceId === deviceId && isBeingRung(device)) ?? false
}
