import type { Outcome } from '@ringer/providers/senders'
import { type Device, REFUSALS_UNTIL_SET_ASIDE } from '@ringer/store'
import type { AttemptDeps } from './attempt-deps.ts'

/**
 * Updates a device from the outcome of an attempt. An accepted push shows that the device lives, that its token was not made up,
 * and which of Apple's environments knows it. A token that is reported dead is deleted, unless the deletion guard objects or the
 * token has been registered again since. A token to which the provider cannot deliver is set aside after five refusals in a row.
 */
export async function updateDevice(device: Device, outcome: Outcome, deps: AttemptDeps): Promise<void> {
  switch (outcome.kind) {
    case 'accepted':
      return keepAlive(device, outcome.environment, deps)
    case 'unregistered':
      return deleteDead(device, outcome.since, deps)
    case 'rejected':
      if (outcome.aboutToken) return countRefusal(device, outcome.reason, deps)
  }
}

/** If the provider says so of all tokens, the mistake is ours: nothing is set aside unless other pushes are accepted. */
async function countRefusal(device: Device, reason: string, deps: AttemptDeps): Promise<void> {
  const { devices, setAsideGuard, metrics, log, clock } = deps
  const provider = deps.provider.name
  const refusals = await devices.countRefusal(device)
  if (refusals < REFUSALS_UNTIL_SET_ASIDE || !setAsideGuard.mayForget()) return
  await deps.events.device(noteOf(device))
  if (!(await devices.setAside(device, reason, clock()))) return
  metrics.setAside.inc({ provider })
  log.warn({ provider, deviceId: device.id, reason }, 'a device is set aside until it is registered again')
}

async function keepAlive(
  device: Device,
  environment: Device['environment'],
  { deletionGuard, setAsideGuard, devices, clock }: AttemptDeps,
): Promise<void> {
  deletionGuard.accepted()
  setAsideGuard.accepted()
  await devices.markProven(device, clock())
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
  await deps.events.device(noteOf(device))
  const forgotten = await deps.devices.forget(device, reportedAt)
  if (forgotten) deps.metrics.deleted.inc({ provider })
}

/** What is left of a device when it is gone. */
const noteOf = ({ id, appId, uid, platform, kind, registeredAt }: Device) => ({
  ...{ appId, deviceId: id, uid, platform, deviceKind: kind, registeredAt },
})
