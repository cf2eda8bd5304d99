import type { CallJob, RingEvent, RingJob } from '@ringer/payloads'
import type { Device, DeviceRecord, Provider } from '@ringer/store'
import type { CallDeps } from './handle-call.ts'

const providerOf = (device: Device): Provider => (device.platform === 'ios' ? 'apns' : 'fcm')

/** Claims the ring, finds the recipient's phones, and puts one push for each into its provider's queue. */
export async function ringCall(
  jobId: string,
  job: CallJob & { event: RingEvent },
  deps: CallDeps,
): Promise<string> {
  const { records, clock } = deps
  const { claim, state, ringId } = await records.claim(jobId, { ...job, dequeuedAt: clock() })
  if (claim === 'duplicate') return 'duplicate'
  if (state !== 'ringing') return state

  const devices = (await deps.devices.list(job.appId, job.event.recipient)).filter(
    device => device.kind === 'voip',
  )
  if (devices.length === 0) return 'no devices'
  await records.addDevices(ringId, new Map(devices.map(device => [device.id, recordOf(device, deps)])))

  for (const provider of deps.providers) {
    const reached = devices.filter(device => providerOf(device) === provider)
    const jobs = reached.map(
      (device): RingJob => ({
        kind: 'ring',
        ringId,
        sessionId: job.event.sessionId,
        deviceId: device.id,
        deadline: job.deadline,
      }),
    )
    await deps.pushQueues.enqueue(provider, jobs)
  }
  return 'ringing'
}

function recordOf(device: Device, { providers, clock }: CallDeps): DeviceRecord {
  const { platform } = device
  if (providers.has(providerOf(device))) return { platform, outcome: 'queued', attempt: 0, queuedAt: clock() }
  const reason = `the provider ${providerOf(device)} is not configured`
  return { platform, outcome: 'skipped', attempt: 0, settledAt: clock(), reason }
}
