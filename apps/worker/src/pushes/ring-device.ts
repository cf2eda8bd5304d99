import type { RingJob, StopAction, StopJob } from '@ringer/payloads'
import type { Attempt, Device, DeviceOutcome, SettledRing } from '@ringer/store'
import { STOP_MS } from '../calls/end-call.ts'
import { isElsewhere } from '../calls/who-rang.ts'
import { makeAttempt } from './make-attempt.ts'
import { noteDevice } from './note-device.ts'
import type { Outcome } from './outcome.ts'
import { planRetry } from './plan-retry.ts'
import { type Next, over, type PushDeps } from './push-deps.ts'

/** Rings a device: still ringing? in time? not settled? → send → classify → record. */
export async function ringDevice(job: RingJob, deps: PushDeps): Promise<Next> {
  const { records, devices, clock } = deps
  const attempt = await records.beginAttempt(job.ringId, job.deviceId, clock())
  if (attempt.verdict !== 'go') return settleUnsent(job, attempt, deps)
  const device = await devices.get(job.deviceId)
  if (!isRecipients(device, attempt.event.recipient)) {
    return settle(job, deps, 'skipped', {
      reason: 'the phone was unregistered, or somebody else logged in on it',
    })
  }
  const { ringId, deadline } = job
  const { event, receivedAt } = attempt
  const push = { kind: 'ring' as const, ringId, deadline, device, event, receivedAt }
  const outcome = await makeAttempt(job, push, attempt.attempt, deps)
  await noteDevice(device, outcome, deps)
  if (outcome.kind === 'retryable') return retry(job, attempt.attempt, outcome, deps)
  if (outcome.kind === 'accepted') {
    const seconds = (clock() - receivedAt) / 1_000
    deps.metrics.ringSeconds.observe({ provider: deps.sender.provider }, seconds)
  }
  return settle(job, deps, outcome.kind, outcome)
}

/** A token that was registered for ordinary notifications since is none to ring. */
const isRecipients = (device: Device | undefined, uid: string): device is Device =>
  device?.uid === uid && device.kind !== 'alert'

/** Plans the next attempt, if there is time for one and the call still rings. */
async function retry(
  job: RingJob,
  attempt: number,
  outcome: Extract<Outcome, { kind: 'retryable' }>,
  deps: PushDeps,
): Promise<Next> {
  const plan = planRetry(outcome, attempt, deps.clock(), job.deadline)
  if (!plan.retry) return settle(job, deps, 'expired', outcome)
  const { status, reason, delivered } = outcome
  const written = { outcome: 'retryable' as const, status, reason }
  const now = await deps.records.recordDevice(job.ringId, job.deviceId, written)
  if (now?.state === 'ringing') return { done: false, at: plan.at }
  // It ended while this attempt was under way, which whoever ended it left to this attempt to tell the phone.
  const because = { reason: `the call was ${now?.state ?? 'forgotten'} during the attempt: ${reason}` }
  return settle(job, deps, 'skipped', because, delivered === 'maybe' ? 'sending' : 'queued')
}

/** Writes that nothing was sent, and why. */
async function settleUnsent(
  job: RingJob,
  attempt: Exclude<Attempt, { verdict: 'go' }>,
  deps: PushDeps,
): Promise<Next> {
  switch (attempt.verdict) {
    case 'settled':
    case 'unknown':
      return over
    case 'expired':
      return settle(job, deps, 'expired', { reason: 'the deadline had passed' })
    case 'answered':
    case 'ended':
      return settle(
        job,
        deps,
        'skipped',
        { reason: `the call was ${attempt.verdict} before` },
        attempt.before,
      )
  }
}

/** What the provider said, or why it was not asked. */
interface Because {
  status?: number | undefined
  reason?: string | undefined
}

/** Writes what became of the device for good. If the call ended meanwhile, a phone that may ring now is told. */
async function settle(
  job: RingJob,
  deps: PushDeps,
  outcome: DeviceOutcome,
  { status, reason }: Because,
  before: DeviceOutcome = outcome,
): Promise<Next> {
  const settledAt = deps.clock()
  const ring = await deps.records.recordDevice(job.ringId, job.deviceId, {
    outcome,
    status,
    reason,
    settledAt,
  })
  const mayRing = before === 'accepted' || before === 'expired' || before === 'sending'
  const action = mayRing && ring && stopFor(ring, job.deviceId, deps)
  if (action) await enqueueStop(job, action, deps)
  return over
}

/** What a phone must hear that may ring although the call is over for it. */
function stopFor(
  { state, endAction, answeredOn }: SettledRing,
  deviceId: string,
  { stopOtherDevices }: PushDeps,
): StopAction | undefined {
  if (state === 'ended') return endAction
  const taken = state === 'answered' && stopOtherDevices && isElsewhere(deviceId, answeredOn)
  return taken ? 'ongoing' : undefined
}

async function enqueueStop(
  job: RingJob,
  action: StopAction,
  { sender, pushQueues, clock }: PushDeps,
): Promise<void> {
  if (sender.provider !== 'fcm') return
  const { appId, ringId, sessionId, deviceId } = job
  const stop: StopJob = {
    kind: 'stop',
    appId,
    ringId,
    sessionId,
    deviceId,
    action,
    deadline: clock() + STOP_MS,
  }
  await pushQueues.enqueue('fcm', [stop])
}
