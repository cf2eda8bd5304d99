import { providerOf } from '@ringer/providers'
import type { Device } from '@ringer/store'
import type { CallDeps } from './call-deps.ts'

/**
 * Removes the phones of a user that were registered by a login which CometChat has ended, so that they do not ring again. Runs
 * beside the pushes of a ring, which must not wait for CometChat: such a phone rings once more at most. Never rejects.
 */
export async function forgetEndedLogins(
  { appId, uid }: { appId: string; uid: string },
  deps: CallDeps,
): Promise<void> {
  const { logins } = deps.tenant
  if (!logins?.isDue(uid)) return
  try {
    const phones = (await deps.devices.list(appId, uid)).filter(hasLogin)
    if (phones.length === 0) return
    const ended = new Set(
      await logins.findEnded(
        uid,
        phones.map(({ login }) => login),
      ),
    )
    for (const phone of phones) {
      if (ended.has(phone.login)) await forget(phone, deps)
      else logins.guard.accepted()
    }
  } catch (error) {
    deps.log.warn(
      { app: appId, error: error instanceof Error ? error.name : 'unknown' },
      'logins not checked',
    )
  }
}

const hasLogin = (device: Device): device is Device & { login: string } => device.login !== undefined

async function forget(phone: Device, { tenant, devices, events, metrics, log, providers }: CallDeps) {
  const { id: deviceId, appId, uid, platform, kind, registeredAt } = phone
  const provider = providerOf(phone, providers)?.name ?? platform
  // If most logins seem to have ended at once, CometChat's list is not what we take it for.
  if (!tenant.logins?.guard.mayForget()) {
    metrics.notDeleted.inc({ provider })
    log.error(
      { app: appId, provider, deviceId },
      'too many logins seem to have ended at once, so this phone is kept',
    )
    return
  }
  await events.device({ appId, deviceId, uid, platform, deviceKind: kind, registeredAt })
  if (!(await devices.forget(phone, registeredAt))) return
  metrics.deleted.inc({ provider })
  log.info({ app: appId, provider, deviceId }, 'a phone is forgotten, because CometChat has ended its login')
}
