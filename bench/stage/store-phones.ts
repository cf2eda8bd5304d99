import { connectPatient, createDeviceRegistry, createKeys, type DeviceRegistration } from '@ringer/store'
import { APP_ID, tokenOf, users } from './calls.ts'
import type { BenchStage } from './start-bench-stage.ts'

/** Registers this many iPhones for each of the users that are called. */
export async function storePhones(stage: BenchStage, phones = 1): Promise<void> {
  await storeDevices(
    stage,
    users.flatMap(uid =>
      Array.from({ length: phones }, (_, phone) => ({
        ...{ appId: APP_ID, uid, platform: 'ios', kind: 'voip' as const },
        ...{ token: tokenOf(uid, phone), environment: 'production' as const },
      })),
    ),
  )
}

export async function storeDevices(
  { redis, prefix }: BenchStage,
  registrations: readonly DeviceRegistration[],
): Promise<void> {
  const client = connectPatient({ kind: 'single', url: redis.url })
  const registry = createDeviceRegistry(client, createKeys(prefix))
  await Promise.all(registrations.map(registration => registry.register(registration, Date.now())))
  client.disconnect()
}
