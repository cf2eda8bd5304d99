import type { AlertJob } from '@ringer/payloads'
import type { Device } from '@ringer/store'
import { type AttemptDeps, type Next, over } from '../attempts/attempt-deps.ts'
import { makeAttempt } from '../attempts/make-attempt.ts'
import { planRetry } from '../attempts/plan-retry.ts'
import { updateDevice } from '../attempts/update-device.ts'

/** An alert is worth sending for a day, so it can wait for a provider that does not answer. */
const LONGEST_BACKOFF_MS = 60_000

/** Sends an alert to a device, unless it has another user now, no longer takes alerts, is set aside, or the deadline has passed. */
export async function alertDevice(job: AlertJob, attempt: number, deps: AttemptDeps): Promise<Next> {
  const { devices, records, clock } = deps
  const device = await devices.get(job.deviceId)
  const isTheirs = (now: Device | undefined): now is Device =>
    now?.uid === job.recipient && now.kind !== 'voip' && now.setAsideAt === undefined
  /** A fallback is only wanted while the call rings somewhere and the phone that was rung has reported nothing. */
  const isWanted = async () => {
    if (!job.unlessShown) return true
    const { ringId, deviceId } = job.unlessShown
    const ring = await records.readRing(ringId)
    const rung = ring?.devices.find(each => each.deviceId === deviceId)
    return ring?.state === 'ringing' && rung?.outcome === 'accepted' && rung.receipts === undefined
  }
  if (!isTheirs(device) || clock() >= job.deadline || !(await isWanted())) return over
  const { kind, alertId, alert, deadline, refused } = job
  const outcome = await makeAttempt(
    job,
    { kind, alertId, alert, deadline, refused, device },
    attempt,
    async () => isTheirs(await devices.get(job.deviceId)) && (await isWanted()) && clock() < deadline,
    deps,
  )
  await updateDevice(device, outcome, deps)
  if (outcome.kind !== 'retryable') return over
  const plan = planRetry(outcome, attempt, clock(), deadline, LONGEST_BACKOFF_MS)
  return plan.retry ? { done: false, at: plan.at, refused: outcome.refused } : over
}
