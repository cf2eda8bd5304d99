import type { RingEvent, RingJob } from '@ringer/payloads'
import type { Outcome } from '@ringer/providers/senders'
import {
  type Attempt,
  type Device,
  type DeviceOutcome,
  SET_ASIDE,
  type SettledRing,
  type Why,
} from '@ringer/store'
import { type AttemptDeps, type Next, over } from '../attempts/attempt-deps.ts'
import { makeAttempt } from '../attempts/make-attempt.ts'
import { persist } from '../attempts/persist.ts'
import { planRetry } from '../attempts/plan-retry.ts'
import { updateDevice } from '../attempts/update-device.ts'
import { mayRing } from '../stops/may-ring.ts'
import { stopAfterAttempt } from '../stops/stop-after-attempt.ts'
import { enqueueFallback } from './enqueue-fallback.ts'
import { noteRing, settlePhone } from './settle-phone.ts'

/**
 * How long an attempt that was opened with the claim may take to leave. After that, the call may have ended or the phone may
 * have changed hands, so both are asked for again.
 */
const FRESH_MS = 100

/** A phone and the ring that it is to show. `receivedAt` is when the call's webhook arrived, epoch ms. */
export interface RingingPhone {
  job: RingJob
  device: Device
  event: RingEvent
  receivedAt: number
}

/** An attempt that may leave: its state was `go` at this instant, epoch ms. */
export interface OpenAttempt {
  at: number
}

/**
 * Rings a phone: wait for room → still ringing? still theirs? in time? → send → classify → record. The questions are
 * asked in one script that opens the attempt, immediately before the bytes leave.
 *
 * @param attempt the attempt's number, from 1
 * @param claimed the attempt that the claim opened, if this is the first one
 */
export async function ringPhone(
  { job, ...ring }: RingingPhone,
  attempt: number,
  deps: AttemptDeps,
  claimed?: OpenAttempt,
): Promise<Next> {
  const { records, clock } = deps
  const { ringId, deviceId, deadline } = job
  let opened: Attempt = { verdict: 'unknown' }
  let open = claimed
  let own = claimed ? 1 : undefined
  const commit = async () => {
    const isFresh = open !== undefined && clock() - open.at < FRESH_MS
    open = undefined
    if (isFresh) return true
    // One attempt may depart twice: when a token is shown to Apple's other environment, or when it is not answered.
    opened = await records.beginAttempt(ringId, deviceId, clock(), own)
    if (opened.verdict !== 'go') return false
    own = opened.attempt
    return true
  }
  const { yields, refused } = job
  const push = { kind: 'ring' as const, ringId, deadline, yields, refused, ...ring }
  const outcome = await makeAttempt(job, push, attempt, commit, deps)
  switch (outcome.kind) {
    case 'withheld':
      // The attempt that the claim opened never left.
      return settleUnsent(job, opened, deps, { mayBeOpen: claimed === undefined })
    case 'retryable':
      return retry(job, attempt, own, outcome, deps)
    case 'accepted':
      if (deps.fallbackAlert && ring.device.receiptAt !== undefined)
        await persist(() => enqueueFallback({ job, ...ring }, deps), deps.redisOutage)
      deps.metrics.ringSeconds.observe({ provider: deps.provider.name }, (clock() - ring.receivedAt) / 1_000)
  }
  const { kind, status, reason, why } = outcome
  await settle(
    job,
    { outcome: kind, status, reason, why: why ?? null, mayHaveRung: kind === 'accepted' },
    deps,
  )
  await updateDevice(ring.device, outcome, deps)
  return over
}

/**
 * Plans the next attempt, if there is time for one and the call still rings.
 *
 * @param own the number of the attempt that failed, as the record counts them, if one was opened
 */
async function retry(
  job: RingJob,
  attempt: number,
  own: number | undefined,
  outcome: Extract<Outcome, { kind: 'retryable' }>,
  deps: AttemptDeps,
): Promise<Next> {
  const { status, reason, why = null, delivered, refused } = outcome
  const plan = planRetry(outcome, attempt, deps.clock(), job.deadline)
  if (!plan.retry) return settle(job, { outcome: 'expired', status, reason, why, mayHaveRung: true }, deps)
  const written = { outcome: 'retryable' as const, attempt: own, status, reason, why }
  const ring = await persist(
    () => deps.records.recordDevice(job.ringId, job.deviceId, written),
    deps.redisOutage,
  )
  if (ring?.state === 'ringing') return { done: false, at: plan.at, refused }
  const skipped = {
    outcome: 'skipped' as const,
    why: ring?.state === 'answered' ? ('answered-first' as const) : (why ?? 'ended-first'),
    reason: `the call was ${ring?.state ?? 'forgotten'} during the attempt: ${reason}`,
  }
  return settle(job, { ...skipped, mayHaveRung: delivered === 'maybe' }, deps)
}

/**
 * Records that nothing was sent, and why.
 *
 * @param options.mayBeOpen whether an earlier attempt that was left open may have been made by another worker
 */
export async function settleUnsent(
  job: RingJob,
  attempt: Attempt,
  deps: AttemptDeps,
  { mayBeOpen = true } = {},
): Promise<Next> {
  switch (attempt.verdict) {
    case 'unknown':
      return over
    case 'go': {
      // The attempt was opened on a device that this worker cannot read.
      const reason = 'the record of the device cannot be read'
      return settle(job, { outcome: 'skipped', why: 'device-unreadable', reason, mayHaveRung: false }, deps)
    }
    case 'busy':
      return { done: false, at: attempt.until }
    case 'settled':
      // A worker that wrote this outcome may have died before it stopped the phone and noted the ring. Doing both again changes nothing.
      if (mayRing(attempt.device)) await stop(job, attempt.ring, deps)
      await noteRing(job, deps)
      return over
    case 'moved': {
      const reason = 'the phone was unregistered, or somebody else logged in on it'
      return settle(job, { outcome: 'skipped', why: 'device-moved', reason, mayHaveRung: false }, deps)
    }
    case 'setAside':
      return settle(
        job,
        { outcome: 'skipped', why: 'device-retired', reason: SET_ASIDE, mayHaveRung: false },
        deps,
      )
    case 'expired':
      return settle(job, { outcome: 'expired', reason: 'the deadline had passed', mayHaveRung: true }, deps)
    case 'answered':
    case 'ended': {
      const reason = `the call was ${attempt.verdict} before the attempt`
      // The worker of an attempt that is still open died, so nobody knows whether the push was delivered.
      const mayHaveRung = mayBeOpen && attempt.before === 'sending'
      // An end does not hide why earlier attempts failed.
      const why = attempt.verdict === 'answered' ? { why: 'answered-first' as const } : {}
      return settle(job, { outcome: 'skipped', ...why, reason, mayHaveRung }, deps)
    }
  }
}

/** The final result for one device. */
interface Settlement {
  outcome: DeviceOutcome
  /** What `reason` means. Default: what the last failure meant. */
  why?: Why | null | undefined
  /** The provider's status and reason, or our reason for not sending. */
  status?: number | undefined
  reason?: string | undefined
  /** Whether the attempt that was under way may have reached the phone. */
  mayHaveRung: boolean
}

/** Records the final result for the device. If the call has ended meanwhile, a phone that may be ringing is stopped. */
async function settle(
  job: RingJob,
  { mayHaveRung, ...fields }: Settlement,
  deps: AttemptDeps,
): Promise<Next> {
  const ring = await settlePhone(job, fields, deps, () => deps.provider)
  if (ring && mayHaveRung) await stop(job, ring, deps)
  return over
}

const stop = (job: RingJob, ring: SettledRing, deps: AttemptDeps) =>
  persist(() => stopAfterAttempt(job, ring, deps), deps.redisOutage)
