import type { CallJob, RingEvent, RingJob } from '@ringer/payloads'
import { providerOf } from '@ringer/providers'
import type { Claim, Device, QueuedPhone } from '@ringer/store'
import { persist } from '../attempts/persist.ts'
import { ringPhone } from '../rings/ring-phone.ts'
import type { CallDeps, CallResult } from './call-deps.ts'
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
  const claim = await records.claim(
    jobId,
    { ...job, dequeuedAt: clock() },
    offersFor(deps),
    deps.tenant.budgets,
  )
  if (claim.claim === 'duplicate') return { result: 'duplicate' }
  if (claim.refusal) deps.reportRefusal(job, claim.refusal)
  const claimed = { at: clock() }
  const settled = Promise.allSettled([
    ...claim.opened.map(device => ringNow(device, job, claim, claimed, deps)),
    ...claim.unreadable.map(deviceId => skipUnreadable(claim.ringId, deviceId, deps)),
    ...(claim.queued.length > 0 ? [enqueueAll(claim, job, deps)] : []),
  ])
  const { state, phones } = claim
  return { result: state === 'ringing' && phones === 0 ? 'no devices' : state, settled }
}

const ringJob = (
  { appId, event, deadline, yields }: CallJob & { event: RingEvent },
  ringId: string,
  { deviceId, isProven }: Pick<QueuedPhone, 'deviceId' | 'isProven'>,
): RingJob => ({
  ...{ kind: 'ring', appId, ringId, sessionId: event.sessionId, deviceId, deadline },
  // Anybody can make up tokens. Those that work do not wait for them.
  ...((yields || !isProven) && { yields: true }),
})

/** Makes the attempt that the claim opened. If the phone needs another attempt, it is put into its provider's queue. */
async function ringNow(
  device: Device,
  call: CallJob & { event: RingEvent },
  { ringId }: Claim,
  claimed: { at: number },
  deps: CallDeps,
): Promise<void> {
  const { event, receivedAt } = call
  const job = ringJob(call, ringId, { deviceId: device.id, isProven: device.provenAt !== undefined })
  const attempts = deps.attemptsWith(providerOf(device, deps.providers)?.name ?? '')
  if (!attempts) throw new Error(`an attempt was opened on a phone of the platform ${device.platform}`)
  // Other calls may have taken the room meanwhile.
  if (!attempts.sender.hasRoom(device)) return handOver(job, attempts.provider.name, deps)
  const next = await ringPhone({ job, device, event, receivedAt }, 1, attempts, claimed)
  if (!next.done) await enqueue(attempts.provider.name, [{ ...job, attempts: 1 }], deps, next.at)
}

/** Gives a phone on which no attempt was made to its provider's queue. */
async function handOver(job: RingJob, provider: string, deps: CallDeps): Promise<void> {
  const { records, log } = deps
  await persist(() => records.recordDevice(job.ringId, job.deviceId, { outcome: 'queued', attempt: 0 }), log)
  await enqueue(provider, [job], deps)
}

async function enqueueAll(
  { queued, ringId }: Claim,
  call: CallJob & { event: RingEvent },
  deps: CallDeps,
): Promise<void> {
  for (const { name } of deps.providers) {
    const isOurs = (phone: QueuedPhone) => providerOf(phone, deps.providers)?.name === name
    const jobs = queued.filter(isOurs).map(phone => ringJob(call, ringId, phone))
    if (jobs.length > 0) await enqueue(name, jobs, deps)
  }
}

const enqueue = (provider: string, jobs: RingJob[], { pushQueues, log }: CallDeps, at?: number) =>
  persist(() => pushQueues.enqueue(provider, jobs, at), log)

/** The claim opened an attempt on a device whose record cannot be read. */
async function skipUnreadable(
  ringId: string,
  deviceId: string,
  { records, clock, log }: CallDeps,
): Promise<void> {
  const reason = 'the record of the device cannot be read'
  const fields = { outcome: 'skipped' as const, attempt: 0, reason, settledAt: clock() }
  await persist(() => records.recordDevice(ringId, deviceId, fields), log)
}
