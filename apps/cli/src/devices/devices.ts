import { providerSettings, providers } from '@ringer/providers'
import { loadTenantConfigs, redisGroup } from '@ringer/service'
import { createDeviceRegistry, createKeys, type Device, healthOf } from '@ringer/store'
import { openRedis } from '../open-redis.ts'
import { readArgs, UsageError } from '../usage-error.ts'

export const devicesUsage = `ringer devices: the phones of a person

  npm run ringer -- devices --uid bob

  --uid UID    the user, as CometChat knows them
  --app ID     the app, if there are several (RINGER_APPS)
  --json       prints JSON

Reads Redis by the worker's settings. No token is printed. It exits with 0 if the user has a phone, otherwise with 1.`

const options = {
  uid: { type: 'string' },
  app: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

/** Lists the phones of a user. */
export async function devices(args: string[]): Promise<number> {
  const { values } = readArgs({ args, options })
  const { uid, app, json } = values
  if (!uid) throw new UsageError('--uid is missing: the user whose phones are listed')
  const { own, tenants } = loadTenantConfigs(
    process.env,
    { redis: redisGroup },
    {},
    providerSettings(providers),
  )
  const appIds = app === undefined ? [...tenants.keys()] : [app]
  if (app !== undefined && !tenants.has(app)) {
    throw new UsageError(`--app must be one of ${[...tenants.keys()].join(', ')}`)
  }
  const redis = await openRedis(own.redis)
  try {
    const registry = createDeviceRegistry(redis, createKeys(own.redis.prefix))
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
  const { id, platform, kind, environment, registeredAt, seenAt, refusals, setAside } = device
  const health = Object.entries(device.health).map(([name, value]) => `${name} ${value}`)
  const lines = [
    `${platform} ${id}  ${kind}${environment ? `, ${environment}` : ''}`,
    `  registered ${registeredAt}, last seen ${seenAt}`,
    ...(health.length > 0 ? [`  ${health.join(', ')}`] : []),
    ...(refusals ? [`  refused ${refusals} times in a row`] : []),
    ...(setAside ? [`  set aside since ${setAside.at}: ${setAside.reason}`] : []),
  ]
  return `${lines.join('\n')}\n`
}
