import type { EndAction, PushJob, RingEvent, RingJob, StopJob } from '@ringer/payloads'
import type { Logger } from '@ringer/service'
import type { Attempt, CallRecords, Device, DeviceOutcome, DeviceRegistry, PushQueues } from '@ringer/store'
import { STOP_MS } from '../calls/end-call.ts'
import type { WorkerMetrics } from '../metrics.ts'
import type { DeletionGuard } from './create-deletion-guard.ts'
import type { Outcome } from './outcome.ts'
import { planRetry } from './plan-retry.ts'
import type { PushSender } from './push-sender.ts'

export interface PushDeps {
  log: Logger
  sender: PushSender
  deletionGuard: DeletionGuard
  records: CallRecords
  devices: DeviceRegistry
  pushQueues: PushQueues
  metrics: WorkerMetrics
  clock: () => number
}

/** Whether a push's job is over, or when its next attempt is due (epoch ms). */
export type Next = { done: true } | { done: false; at: number }

const over: Next = { done: true }

/**
 * Takes the push to one device one step on: still ringing? in time? not settled? → send → classify → record.
 *
 * @param attempt the attempt's number, from 1, as the queue counts it
 */
export async function handlePush(job: PushJob, attempt: number, deps: PushDeps): Promise<Next> {
  return job.kind === 'ring' ? ring(job, deps) : stop(job, attempt, deps)
}

async function ring(job: RingJob, deps: PushDeps): Promise<Next> {
  const { records, devices, clock } = deps
  const attempt = await records.beginAttempt(job.ringId, job.deviceId, clock())
  if (attempt.verdict !== 'go') return settleUnsent(job, attempt, deps)
  const device = await devices.get(job.deviceId)
  if (!device || device.uid !== attempt.event.recipient) {
    return settle(job, deps, 'skipped', {
      reason: 'the phone was unregistered, or somebody else logged in on it',
    })
  }

  const outcome = await send(job, attempt.attempt, device, attempt, deps)
  switch (outcome.kind) {
    case 'accepted':
      deps.deletionGuard.accepted()
      if (outcome.environment) await devices.correctEnvironment(device, outcome.environment)
      deps.metrics.ringSeconds.observe(
        { provider: deps.sender.provider },
        (clock() - attempt.receivedAt) / 1_000,
      )
      return settle(job, deps, 'accepted', outcome)
    case 'unregistered':
      await forget(device, outcome.since, deps)
      return settle(job, deps, 'unregistered', outcome)
    case 'rejected':
      return settle(job, deps, 'rejected', outcome)
    case 'retryable': {
      const plan = planRetry(outcome, attempt.attempt, clock(), job.deadline)
      if (!plan.retry) return settle(job, deps, 'expired', outcome)
      const { status, reason, delivered } = outcome
      const now = await records.recordDevice(job.ringId, job.deviceId, {
        outcome: 'retryable',
        status,
        reason,
      })
      if (now?.state === 'ringing') return { done: false, at: plan.at }
      // It ended while this attempt was under way, which whoever ended it left to this attempt to tell the phone.
      const because = { reason: `the call was ${now?.state ?? 'forgotten'} during the attempt: ${reason}` }
      return settle(job, deps, 'skipped', because, delivered === 'maybe' ? 'sending' : 'queued')
    }
  }
}

async function stop(job: StopJob, attempt: number, deps: PushDeps): Promise<Next> {
  const { records, devices, clock } = deps
  const known = await records.readEvent(job.ringId)
  const device = await devices.get(job.deviceId)
  if (!known || !device || device.uid !== known.event.recipient || clock() >= job.deadline) return over
  const outcome = await send(job, attempt, device, known, deps)
  if (outcome.kind !== 'retryable') return over
  const plan = planRetry(outcome, attempt, clock(), job.deadline)
  return plan.retry ? { done: false, at: plan.at } : over
}

/** Makes the attempt, and writes the one line that every attempt gets. */
async function send(
  job: PushJob,
  attempt: number,
  device: Device,
  call: { event: RingEvent; receivedAt: number },
  { sender, log, metrics, clock }: PushDeps,
): Promise<Outcome> {
  const startedAt = clock()
  const outcome = await sender.send({ ...job, device, event: call.event, receivedAt: call.receivedAt })
  const { provider } = sender
  const { kind, sessionId, deviceId } = job
  const { status, reason } = outcome
  metrics.attempts.inc({ provider, kind, outcome: outcome.kind })
  // A refusal for good is a mistake in the configuration or in this code, and wants somebody's attention.
  log[outcome.kind === 'rejected' ? 'error' : 'info'](
    {
      provider,
      kind,
      sessionId,
      deviceId,
      attempt,
      outcome: outcome.kind,
      status,
      reason,
      ms: clock() - startedAt,
    },
    'attempt',
  )
  return outcome
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
  if (ring?.state === 'ended' && ring.endAction && mayRing) await enqueueStop(job, ring.endAction, deps)
  return over
}

async function enqueueStop(
  job: RingJob,
  action: EndAction,
  { sender, pushQueues, clock }: PushDeps,
): Promise<void> {
  if (sender.provider !== 'fcm') return
  const { ringId, sessionId, deviceId } = job
  const stop: StopJob = { kind: 'stop', ringId, sessionId, deviceId, action, deadline: clock() + STOP_MS }
  await pushQueues.enqueue('fcm', [stop])
}

/** Believes a death notice only as far as it goes: a token that was registered again since stays. */
async function forget(device: Device, since: number | undefined, deps: PushDeps): Promise<void> {
  const { provider } = deps.sender
  if (!deps.deletionGuard.mayForget()) {
    deps.metrics.notForgotten.inc({ provider })
    deps.log.error(
      { provider, deviceId: device.id },
      'too many tokens are reported dead at once; this one is kept',
    )
    return
  }
  const meant = Math.min(since ?? device.registeredAt, device.registeredAt)
  const forgotten = await deps.devices.forget(device, meant)
  if (forgotten) deps.metrics.forgotten.inc({ provider })
}
