import type { CallJob, RingEvent, RingJob } from '@ringer/payloads'
import type { Device, DeviceRecord } from '@ringer/store'
import { unknownApp } from '../worker-app.ts'
import type { CallDeps } from './handle-call.ts'
import { providerOf } from './provider-of.ts'

/** Claims the ring, finds the recipient's phones, and puts one push for each into its provider's queue. */
export async function ringCall(
  jobId: string,
  job: CallJob & { event: RingEvent },
  deps: CallDeps,
): Promise<string> {
  const { records, clock } = deps
  const { claim, state, ringId } = await records.claim(jobId, { ...job, dequeuedAt: clock() })
  if (claim === 'duplicate') return 'duplicate'

  const devices = state === 'ringing' ? await deps.devices.list(job.appId, job.event.recipient) : []
  const phones = devices.filter(device => device.kind !== 'alert')
  // A worker may have died between the record and the queue. What it put on record is queued now, whatever became of
  // the call and of the phone meanwhile: the push says so on record, and nobody else would.
  const queued = await records.addDevices(
    ringId,
    new Map(phones.map(device => [device.id, recordOf(device, deps)])),
  )
  for (const { provider } of deps.app.senders) {
    const reached = queued.filter(device => providerOf(device) === provider)
    const jobs = reached.map(
      ({ deviceId }): RingJob => ({
        kind: 'ring',
        appId: job.appId,
        ringId,
        sessionId: job.event.sessionId,
        deviceId,
        deadline: job.deadline,
      }),
    )
    if (jobs.length > 0) await deps.pushQueues.enqueue(provider, jobs)
  }
  if (state !== 'ringing' || phones.length > 0) return state
  await records.noteRing(ringId, `no phone of ${job.event.recipient} is registered that rings`)
  return 'no devices'
}

function recordOf(device: Device, { app, clock }: CallDeps): DeviceRecord {
  const { platform } = device
  if (app.senders.some(({ provider }) => provider === providerOf(device)))
    return { platform, outcome: 'queued', attempt: 0, queuedAt: clock() }
  const reason =
    app === unknownApp
      ? `this worker has no settings of the app ${device.appId}: COMETCHAT_APP_ID must be the same on both processes`
      : `the provider ${providerOf(device)} is not configured`
  return { platform, outcome: 'skipped', attempt: 0, settledAt: clock(), reason }
}
