import type { DeviceRecord, RingToClaim } from '@ringer/store'
import { ringEvent } from '../../../payloads/test/ring-events.ts'
import { APP_ID } from '../../../payloads/test/webhooks.ts'
import type { TestStore } from '../describe-store.ts'

/** When the call began: in a time that Redis's own clock has not reached, because an attempt begins by the later of the two. */
export const CALLED_AT = Date.UTC(2100, 0, 1)
/** When the webhook arrived. */
export const ARRIVED_AT = CALLED_AT + 300

/** Alice's call to Bob as a worker claims it, `later` ms after the first call. */
export function ringToClaim(event: Parameters<typeof ringEvent>[0] = {}, later = 0): RingToClaim {
  return {
    appId: APP_ID,
    event: ringEvent({ sentAt: CALLED_AT + later, ...event }),
    receivedAt: ARRIVED_AT + later,
    dequeuedAt: ARRIVED_AT + later + 20,
    deadline: CALLED_AT + later + 30_000,
  }
}

export const iphone: DeviceRecord = {
  platform: 'ios',
  outcome: 'queued',
  attempt: 0,
  queuedAt: ARRIVED_AT + 30,
}
export const android: DeviceRecord = { ...iphone, platform: 'android' }

/** Stores devices as phones of Bob, so that an attempt on them may start. */
export async function storePhones({ redis, keys }: TestStore, ids = ['d1', 'd2']): Promise<void> {
  for (const id of ids) {
    await redis.hset(keys.device(id), { uid: 'bob', kind: 'voip' })
    await redis.expire(keys.device(id), 3_600)
  }
}

/** Writes devices into a ring as its claim would, whatever phones the recipient has. */
export async function addDevices(
  { redis, keys }: TestStore,
  ringId: string,
  devices: Map<string, DeviceRecord>,
): Promise<void> {
  for (const [id, record] of devices) {
    await redis.hset(keys.ring(ringId), `device:${id}`, JSON.stringify(record))
  }
}
