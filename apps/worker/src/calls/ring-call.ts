import { diagnoseRing } from '@ringer/diagnosis'
import type { CallJob, RingEvent, RingJob } from '@ringer/payloads'
import { providerOf } from '@ringer/providers'
import type { Claim, Device, QueuedPhone } from '@ringer/store'
import type { RingEnd } from '../attempts/create-ring-end-report.ts'
import { persist } from '../attempts/persist.ts'
import { ringPhone } from '../rings/ring-phone.ts'
import { noteRing, phoneEnd, settlePhone } from '../rings/settle-phone.ts'
import type { CallDeps, CallResult } from './call-deps.ts'
import { endRings } from './end-rings.ts'
import { forgetEndedLogins } from './forget-ended-logins.ts'
import { offersFor } from './offers-for.ts'

/**
 * Claims the ring and rings the recipient's phones: at once if their provider has room, otherwise by putting a push into
 * the provider's queue.
 */
export async function ringCall(
  jobId: string,
  job: CallJob & { event: RingEvent },
  deps: CallDeps,
): Promise<CallResult> {
  const { records, clock } = deps
  const dequeuedAt = clock()
  const claim = await records.claim(jobId, { ...job, dequeuedAt }, offersFor(deps), deps.tenant.budgets)
  if (claim.claim === 'duplicate') return { result: 'duplicate' }
  if (claim.refusal) deps.reportRefusal(job, claim.refusal)
  if (claim.isFirst) for (const end of endsOf(claim, { ...job, dequeuedAt }, deps)) deps.reportRingEnd(end)
  const claimed = { at: clock() }
  const settled = Promise.allSettled([
    ...claim.opened.map(device => ringNow(device, job, claim, claimed, deps)),
    ...claim.unreadable.map(deviceId =>
      skipUnreadable(ringJob(job, claim, { deviceId, isProven: true }), deps),
    ),
    ...(claim.queued.length > 0 ? [enqueueAll(claim, job, deps)] : []),
    noteClaim(claim, job, deps),
    forgetEndedLogins({ appId: job.appId, uid: job.event.recipient }, deps),
  ])
  const { state, phones, endsOthers } = claim
  if (endsOthers)
    await endRings(
      `${jobId}_end_${claim.ringId}`,
      { ...job, receivedAt: endsOthers.at, event: endsOthers.event },
      deps,
    )
  return { result: state === 'ringing' && phones === 0 ? 'no devices' : state, settled }
}

/** How long after a ring's deadline its record is looked at: an attempt may have left just before it. */
const OVER_MS = 1_000

/**
 * Has the ring looked at when it is over, and at once if this claim settled a phone, or if the worker of an earlier claim died, because
 * it may not have noted what it did.
 */
async function noteClaim(
  { ringId, state, phones, skipped, isFirst }: Claim,
  { appId, deadline }: CallJob,
  deps: CallDeps,
): Promise<void> {
  const look = { appId, ringId }
  await noteRing(look, deps, deadline + OVER_MS)
  const isDue = !isFirst || state !== 'ringing' || phones === 0 || skipped.length > 0
  if (isDue) await noteRing(look, deps)
}

/** The ends that the claim of a ring shows: of a ring that reaches no phone, or of the phones that it skips. */
function endsOf(
  { state, phones, skipped, refusal, why }: Claim,
  { appId, event, receivedAt, dequeuedAt, deadline }: CallJob & { event: RingEvent; dequeuedAt: number },
  { providers, clock }: CallDeps,
): RingEnd[] {
  const { sessionId, recipient } = event
  if (state !== 'ringing' || phones === 0) {
    const { sentAt } = event
    const times = { receivedAt, dequeuedAt, deadline, ...(sentAt !== undefined && { sentAt }) }
    const ring = { state, ...times, devices: [], why: refusal ? ('over-budget' as const) : why }
    const outcome = state === 'refused' || state === 'expired' ? state : 'skipped'
    const { code: diagnosis, lateMs } = diagnoseRing(ring, clock())
    const late = lateMs === undefined ? undefined : `the webhook came ${Math.round(lateMs / 1_000)} s late`
    const reason = refusal?.reason ?? late
    return [{ app: appId, sessionId, recipient, receivedAt, outcome, diagnosis, reason }]
  }
  return skipped.map(({ deviceId, platform, why, reason }) => {
    const device = { platform, outcome: 'skipped' as const, attempt: 0, why, reason }
    const phone = { appId, sessionId, deviceId, deadline }
    return phoneEnd(
      phone,
      { recipient, receivedAt, device },
      { provider: providerOf(device, providers), clock },
    )
  })
}

const ringJob = (
  { appId, event, deadline, yields }: CallJob & { event: RingEvent },
  { ringId, number }: Pick<Claim, 'ringId' | 'number'>,
  { deviceId, isProven }: Pick<QueuedPhone, 'deviceId' | 'isProven'>,
): RingJob => ({
  ...{ kind: 'ring', appId, ringId, sessionId: event.sessionId, deviceId, deadline },
  // Anybody can make up tokens. Tokens that work do not wait for them, and no first ring waits for another person's thirtieth.
  ...((yields || !isProven) && { yields: number }),
})

/** Makes the attempt that the claim opened. If the phone needs another attempt, it is put into its provider's queue. */
async function ringNow(
  device: Device,
  call: CallJob & { event: RingEvent },
  claim: Claim,
  claimed: { at: number },
  deps: CallDeps,
): Promise<void> {
  const { event, receivedAt } = call
  const job = ringJob(call, claim, { deviceId: device.id, isProven: device.provenAt !== undefined })
  const attempts = deps.attemptsWith(providerOf(device, deps.providers)?.name ?? '')
  if (!attempts) throw new Error(`an attempt was opened on a phone of the platform ${device.platform}`)
  // Other calls may have taken the room meanwhile.
  if (!attempts.sender.hasRoom(device)) return handOver(job, attempts.provider.name, deps)
  const next = await ringPhone({ job, device, event, receivedAt }, 1, attempts, claimed)
  if (next.done) return
  await enqueue(attempts.provider.name, [{ ...job, attempts: 1, refused: next.refused }], deps, next.at)
}

/** Gives a phone on which no attempt was made to its provider's queue. */
async function handOver(job: RingJob, provider: string, deps: CallDeps): Promise<void> {
  const { records, redisOutage } = deps
  const queued = { outcome: 'queued' as const, attempt: 0 }
  await persist(() => records.recordDevice(job.ringId, job.deviceId, queued), redisOutage)
  await enqueue(provider, [job], deps)
}

async function enqueueAll(claim: Claim, call: CallJob & { event: RingEvent }, deps: CallDeps): Promise<void> {
  for (const { name } of deps.providers) {
    const isOurs = (phone: QueuedPhone) => providerOf(phone, deps.providers)?.name === name
    const jobs = claim.queued.filter(isOurs).map(phone => ringJob(call, claim, phone))
    if (jobs.length > 0) await enqueue(name, jobs, deps)
  }
}

const enqueue = (provider: string, jobs: RingJob[], { pushQueues, redisOutage }: CallDeps, at?: number) =>
  persist(() => pushQueues.enqueue(provider, jobs, at), redisOutage)

/** The claim opened an attempt on a device whose record cannot be read. */
async function skipUnreadable(job: RingJob, deps: CallDeps): Promise<void> {
  const reason = 'the record of the device cannot be read'
  const skipped = { outcome: 'skipped', unsent: true, attempt: 1, why: 'device-unreadable', reason } as const
  await settlePhone(job, skipped, deps, device => providerOf(device, deps.providers))
}
