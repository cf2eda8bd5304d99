import { Cluster } from 'ioredis'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { createRecordReader, isAbsent, readHash, type UnreadableRecord } from '../redis/record-reader.ts'
import { runScript } from '../redis/run-script.ts'
import { STALE_MS } from './create-device-registry.ts'
import { type Device, readDevice } from './device.ts'
import { RESTORE_DEVICE } from './scripts.ts'

/** How many keys Redis looks at in one step. A step of this size keeps it busy for less than a millisecond. */
const KEYS_PER_STEP = 500

/**
 * Reads all devices of all users, for a backup, while Ringer runs. A device that is registered meanwhile may be missing, and
 * one may come twice. Redis's user needs the command SCAN, which Ringer's processes do not.
 *
 * @param onUnreadable called for each record that is skipped because it cannot be read
 */
export async function* readAllDevices(
  redis: RedisClient,
  keys: Keys,
  onUnreadable: (record: UnreadableRecord) => void,
): AsyncGenerator<Device> {
  const readRecord = createRecordReader(onUnreadable)
  const pattern = `${keys.device('').replace(/[[\]*?\\]/g, '\\$&')}*`
  for (const node of redis instanceof Cluster ? redis.nodes('master') : [redis]) {
    for await (const found of node.scanStream({ match: pattern, count: KEYS_PER_STEP })) {
      const ids = (found as string[]).map(key => key.slice(keys.device('').length))
      const hashes = await Promise.all(ids.map(id => readHash(redis, keys.device(id))))
      for (const [index, id] of ids.entries()) {
        const hash = hashes[index] ?? null
        const device = isAbsent(hash) ? undefined : readDevice(readRecord, id, hash)
        if (device) yield device
      }
    }
  }
}

/**
 * Stores a device from a backup as it was, with what is left of its time to live.
 *
 * @param now epoch ms
 * @returns whether it was stored. It is not if it has expired since, if its token is registered, or if its phone has registered
 *          another token since
 */
export async function restoreDevice(
  redis: RedisClient,
  keys: Keys,
  device: Device,
  now: number,
): Promise<boolean> {
  const leftMs = device.seenAt + STALE_MS - now
  if (leftMs <= 0) return false
  const { id, ...stored } = device
  const fields = Object.entries(stored).filter(([, value]) => value !== undefined)
  const answer = await runScript(
    redis,
    RESTORE_DEVICE,
    [keys.device(id), keys.user(device.appId, device.uid)],
    [keys.device(''), id, device.seenAt, leftMs, ...fields.flatMap(([name, value]) => [name, String(value)])],
  )
  return answer === 1
}
