import type { RingEvent, RingJob } from '@ringer/payloads'
import type { Outcome } from '@ringer/providers/senders'
import {
  type Attempt,
  type Device,
  type DeviceOutcome,
  type OwnAttempt,
  SET_ASIDE,
  type SettledRing,
  type UnsentCause,
  type Why,
} from '@ringer/store'
import { type AttemptDeps, type Next, over } from '../attempts/attempt-deps.ts'
import { isUnsent, makeAttempt } from '../attempts/make-attempt.ts'
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
  let own: OwnAttempt | undefined = claimed && { attempt: 1, hasLeft: false }
  const commit = async () => {
    const isFresh = open !== undefined && clock() - open.at < FRESH_MS
    open = undefined
    if (isFresh) {
      own = { attempt: 1, hasLeft: true }
      return true
    }
    // One attempt may depart twice: when a token is shown to Apple's other environment, or when it is not answered.
    opened = await records.beginAttempt(ringId, deviceId, clock(), own)
    if (opened.verdict !== 'go') return false
    own = { attempt: opened.attempt, hasLeft: true }
    return true
  }
  const { yields, refused } = job
  const push = { kind: 'ring' as const, ringId, deadline, yields, refused, ...ring }
  const outcome = await makeAttempt(job, push, attempt, commit, deps)
  switch (outcome.kind) {
    case 'withheld':
      // The attempt that the claim opened never left.
      return settleUnsent(job, opened, deps, {
        mayBeOpen: claimed === undefined,
        unsent: own && !own.hasLeft ? own.attempt : undefined,
      })
    case 'retryable':
      return retry(job, attempt, own?.attempt, outcome, deps)
    case 'accepted':
      if (deps.fallbackAlert && ring.device.receiptAt !== undefined)
        await persist(() => enqueueFallback({ job, ...ring }, deps), deps.redisOutage)
      deps.metrics.ringSeconds.observe({ provider: deps.provider.name }, (clock() - ring.receivedAt) / 1_000)
  }
  const { kind, status, reason, why } = outcome
  const result = { outcome: kind, status, reason, why: why ?? null, mayHaveRung: kind === 'accepted' }
  await settle(job, { ...result, ...unsentPart(outcome, own?.attempt) }, deps)
  await updateDevice(ring.device, outcome, deps)
  return over
}

/** What the record has to know of a push that never left. The attempt that was opened for it does not count. */
const unsentPart = (outcome: Outcome, own: number | undefined) =>
  isUnsent(outcome)
    ? { unsent: true, attempt: own, ...('cause' in outcome && { cause: outcome.cause }) }
    : undefined

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
  const result = { status, reason, why, ...unsentPart(outcome, own) }
  if (!plan.retry) return settle(job, { outcome: 'expired', ...result, mayHaveRung: true }, deps)
  const written = { outcome: 'retryable' as const, attempt: own, ...result }
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
 * @param options.unsent the number of the attempt that is open, if nothing has left for it
 */
export async function settleUnsent(
  job: RingJob,
  attempt: Attempt,
  deps: AttemptDeps,
  { mayBeOpen = true, unsent }: { mayBeOpen?: boolean; unsent?: number | undefined } = {},
): Promise<Next> {
  const undone = unsent === undefined ? {} : { unsent: true, attempt: unsent }
  switch (attempt.verdict) {
    case 'unknown':
      return over
    case 'go': {
      // The attempt was opened on a device that this worker cannot read.
      const reason = 'the record of the device cannot be read'
      return settle(
        job,
        {
          ...{ outcome: 'skipped', unsent: true, attempt: attempt.attempt },
          ...{ why: 'device-unreadable', reason, mayHaveRung: false },
        },
        deps,
      )
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
      return settle(
        job,
        { outcome: 'skipped', ...undone, why: 'device-moved', reason, mayHaveRung: false },
        deps,
      )
    }
    case 'setAside':
      return settle(
        job,
        { outcome: 'skipped', ...undone, why: 'device-retired', reason: SET_ASIDE, mayHaveRung: false },
        deps,
      )
    case 'expired': {
      const reason = 'not sent: the deadline had passed'
      return settle(job, { outcome: 'expired', ...undone, unsent: true, reason, mayHaveRung: true }, deps)
    }
    case 'answered':
    case 'ended': {
      const reason = `the call was ${attempt.verdict} before the attempt`
      // The worker of an attempt that is still open died, so nobody knows whether the push was delivered.
      const mayHaveRung = mayBeOpen && attempt.before === 'sending'
      // An end does not hide why earlier attempts failed.
      const why = attempt.verdict === 'answered' ? { why: 'answered-first' as const } : {}
      return settle(job, { outcome: 'skipped', ...undone, ...why, reason, mayHaveRung }, deps)
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
  /** Whether an attempt that was under way may have reached the phone. */
  mayHaveRung: boolean
  /** Set if the push never left, with the number of the attempt that was opened for it, and why it could not leave. */
  unsent?: boolean | undefined
  attempt?: number | undefined
  cause?: UnsentCause | undefined
}

/** Records the final result for the device. If the call has ended meanwhile, a phone that may be ringing is stopped. */
async function settle(
  job: RingJob,
  { mayHaveRung, ...fields }: Settlement,
  deps: AttemptDeps,
): Promise<Next> {
  const ring = await settlePhone(job, fields, deps, () => deps.provider)
  // No attempt has left, so the phone has never rung.
  const neverRang = ring?.settled?.device.attempt === 0
  if (ring && mayHaveRung && !neverRang) await stop(job, ring, deps)
  return over
}

const stop = (job: RingJob, ring: SettledRing, deps: AttemptDeps) =>
  persist(() => stopAfterAttempt(job, ring, deps), deps.redisOutage)
