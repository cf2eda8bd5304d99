import type { RingJob, StopAction } from '@ringer/payloads'
import type { Provider } from '@ringer/providers'
import type { DeviceRegistry, PushQueues, SettledRing } from '@ringer/store'
import { STOP_MS } from './enqueue-stops.ts'
import { isElsewhere } from './is-elsewhere.ts'

interface StopDeps {
  provider: Provider
  pushQueues: PushQueues
  devices: Pick<DeviceRegistry, 'get'>
  stopOtherDevices: boolean
  clock: () => number
}

/**
 * Stops a phone whose call ended, or was answered elsewhere, while an attempt to ring it was under way. The job that ended
 * the call left this phone out, because nobody knew yet whether the attempt would reach it.
 */
export async function stopAfterAttempt(job: RingJob, ring: SettledRing, deps: StopDeps): Promise<void> {
  const { provider, pushQueues, clock } = deps
  const action = provider.canStop ? await actionFor(ring, job.deviceId, deps) : undefined
  if (!action) return
  const { appId, ringId, sessionId, deviceId } = job
  const deadline = clock() + STOP_MS
  await pushQueues.enqueue(provider.name, [
    { kind: 'stop', appId, ringId, sessionId, deviceId, action, deadline },
  ])
}

async function actionFor(
  { state, endAction, answeredOn }: SettledRing,
  deviceId: string,
  { devices, stopOtherDevices }: StopDeps,
): Promise<StopAction | undefined> {
  if (state === 'ended') return endAction
  if (state !== 'answered' || !stopOtherDevices) return undefined
  const platform = (await devices.get(deviceId))?.platform
  return isElsewhere({ deviceId, platform }, answeredOn) ? 'ongoing' : undefined
}
