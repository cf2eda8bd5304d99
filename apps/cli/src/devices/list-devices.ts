import { createDeviceRegistry, type Device, healthOf } from '@ringer/store'
import { UsageError } from '../usage-error.ts'
import type { DevicesContext, DevicesOptions } from './devices-context.ts'

/** Lists the phones of a user. Returns 0 if there is one, otherwise 1. */
export async function listDevices(
  { uid, json }: DevicesOptions,
  { appIds, keys, open }: DevicesContext,
): Promise<number> {
  if (!uid) throw new UsageError('--uid is missing: the user whose phones are listed')
  const redis = await open()
  try {
    const registry = createDeviceRegistry(redis, keys)
    const found = (await Promise.all(appIds.map(appId => registry.list(appId, uid))))
      .flat()
      .map(describeDevice)
    if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`)
    else if (found.length === 0) process.stdout.write(`${uid} has no phone registered\n`)
    else process.stdout.write(found.map(printDevice).join(''))
    return found.length > 0 ? 0 : 1
  } finally {
    redis.disconnect()
  }
}

/** What may be shown of a device: everything but the token. */
function describeDevice({ id, appId, platform, kind, environment, bundleId, deviceId, ...device }: Device) {
  return {
    ...{ id, appId, platform, kind, environment, bundleId, deviceId },
    registeredAt: new Date(device.registeredAt).toISOString(),
    seenAt: new Date(device.seenAt).toISOString(),
    health: healthOf(device),
    ...(device.refusals !== undefined && { refusals: device.refusals }),
    ...(device.setAsideAt !== undefined && {
      setAside: { at: new Date(device.setAsideAt).toISOString(), reason: device.setAsideReason },
    }),
  }
}

function printDevice(device: ReturnType<typeof describeDevice>): string {
  const { id, deviceId, platform, kind, environment, registeredAt, seenAt, refusals, setAside } = device
  const health = Object.entries(device.health).map(([name, value]) => `${name} ${value}`)
  const lines = [
    `${platform} ${id}${deviceId === undefined ? '' : ` (${withoutControls(deviceId)})`}  ${kind}${environment ? `, ${environment}` : ''}`,
    `  registered ${registeredAt}, last seen ${seenAt}`,
    ...(health.length > 0 ? [`  ${health.join(', ')}`] : []),
    ...(refusals ? [`  refused ${refusals} times in a row`] : []),
    ...(setAside ? [`  set aside since ${setAside.at}: ${setAside.reason}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

/** Apps choose these names. One with control characters could write over the terminal. */
const withoutControls = (text: string) => text.replace(/\p{Cc}/gu, '\ufffd')
