import type { Outcome } from '@ringer/providers/senders'
import type { Device } from '@ringer/store'
import type { AttemptDeps } from './attempt-deps.ts'

/**
 * Updates a device from the outcome of an attempt. An accepted push shows that the device lives, and which of Apple's
 * environments knows it. A token that is reported dead is deleted, unless the deletion guard objects or the token has been
 * registered again since.
 */
export async function updateDevice(device: Device, outcome: Outcome, deps: AttemptDeps): Promise<void> {
  if (outcome.kind === 'accepted') return keepAlive(device, outcome.environment, deps)
  if (outcome.kind === 'unregistered') return deleteDead(device, outcome.since, deps)
}

async function keepAlive(
  device: Device,
  environment: Device['environment'],
  { deletionGuard, devices, clock }: AttemptDeps,
): Promise<void> {
  deletionGuard.accepted()
  if (environment) await devices.correctEnvironment(device, environment)
  await devices.markSeen(device, clock())
}

async function deleteDead(device: Device, since: number | undefined, deps: AttemptDeps): Promise<void> {
  const provider = deps.provider.name
  if (!deps.deletionGuard.mayForget()) {
    deps.metrics.notDeleted.inc({ provider })
    deps.log.error(
      { provider, deviceId: device.id },
      'too many tokens are reported dead at once, so this one is kept',
    )
    return
  }
  const reportedAt = Math.min(since ?? device.registeredAt, device.registeredAt)
  const forgotten = await deps.devices.forget(device, reportedAt)
  if (forgotten) deps.metrics.deleted.inc({ provider })
}
