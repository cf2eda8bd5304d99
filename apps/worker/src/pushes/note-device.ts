import type { Device } from '@ringer/store'
import type { Outcome } from './outcome.ts'
import type { PushDeps } from './push-deps.ts'

/**
 * Draws from an attempt's outcome what it says of the device: that it lives, and where Apple knows it; or that its token is
 * dead, which is believed only as far as it goes. A token that was registered again since stays.
 */
export async function noteDevice(device: Device, outcome: Outcome, deps: PushDeps): Promise<void> {
  if (outcome.kind === 'accepted') return noteAlive(device, outcome.environment, deps)
  if (outcome.kind === 'unregistered') return noteDead(device, outcome.since, deps)
}

async function noteAlive(
  device: Device,
  environment: Device['environment'],
  { deletionGuard, devices, clock }: PushDeps,
): Promise<void> {
  deletionGuard.accepted()
  if (environment) await devices.correctEnvironment(device, environment)
  await devices.touch(device, clock())
}

async function noteDead(device: Device, since: number | undefined, deps: PushDeps): Promise<void> {
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
