import { connectPatient, createDeviceRegistry, createKeys, type DeviceRegistration } from '@ringer/store'
import { APP_ID, tokenOf, users } from './calls.ts'
import type { Stage } from './start-stage.ts'

/** Registers this many iPhones for each of the users that are called. */
export async function registerPhones(stage: Stage, phones = 1): Promise<void> {
  await registerDevices(
    stage,
    users.flatMap(uid =>
      Array.from({ length: phones }, (_, phone) => ({
        ...{ appId: APP_ID, uid, platform: 'ios', kind: 'voip' as const },
        ...{ token: tokenOf(uid, phone), environment: 'production' as const },
      })),
    ),
  )
}

export async function registerDevices(
  { redis, prefix }: Stage,
  registrations: readonly DeviceRegistration[],
): Promise<void> {
  const client = connectPatient({ kind: 'single', url: redis.url })
  const registry = createDeviceRegistry(client, createKeys(prefix))
  await Promise.all(registrations.map(registration => registry.register(registration, Date.now())))
  client.disconnect()
}
