import {
  type Capability,
  type EndAction,
  endAction,
  type Receipt,
  type ReceiptEvent,
  type RingEvent,
  ringEvent,
} from '@ringer/payloads'
import { z } from 'zod'
import type { RedisClient } from '../redis/connect.ts'
import type { Keys } from '../redis/keys.ts'
import { createRecordReader, json, type UnreadableRecord } from '../redis/record-reader.ts'
import { runScript } from '../redis/run-script.ts'
import { type DeviceRecord, type RingState, ringState, storedDevice } from './call-record.ts'
import { ADD_RECEIPT } from './scripts/receipts.ts'

/** A ring, as one of its phones may know it. Instants are epoch ms. */
export interface PhoneRing {
  appId: string
  event: RingEvent
  state: RingState
  receivedAt: number
  deadline: number
  endedAt?: number | undefined
  endAction?: EndAction | undefined
  /** The id of the device that answered, or its platform, if that is all that is known. */
  answeredOn?: string | undefined
  device: DeviceRecord
}

/** What phones ask and report about rings. */
export interface PhoneRings {
  /** Returns undefined if the ring is not on record (any more), is not for this device, or cannot be read. */
  read(capability: Capability): Promise<PhoneRing | undefined>
  /**
   * Keeps what a phone reported. The first receipt of each event counts: `known` means that there was one. `gone`: the ring is
   * not on record, or not for this device.
   */
  addReceipt(capability: Capability, event: ReceiptEvent, receipt: Receipt): Promise<'new' | 'known' | 'gone'>
}

/** The fields of a ring's hash that a phone may know of. */
const stored = z.object({
  appId: z.string(),
  event: json.pipe(ringEvent),
  state: ringState,
  receivedAt: z.coerce.number(),
  deadline: z.coerce.number(),
  endedAt: z.coerce.number().optional(),
  endAction: endAction.optional(),
  answeredOn: z.string().optional(),
  device: storedDevice,
})
const FIELDS = Object.keys(stored.shape).filter(field => field !== 'device')

/** @param onUnreadable called for each record that is skipped because it cannot be read */
export function createPhoneRings(
  redis: RedisClient,
  keys: Keys,
  { onUnreadable = () => {} }: { onUnreadable?: (record: UnreadableRecord) => void } = {},
): PhoneRings {
  const readRecord = createRecordReader(onUnreadable)

  return {
    async read({ ringId, deviceId }) {
      const values = await redis.hmget(keys.ring(ringId), ...FIELDS, `device:${deviceId}`)
      const device = values.at(-1)
      if (!device) return undefined
      const found = FIELDS.flatMap((field, index) => {
        const value = values[index]
        return value === null || value === undefined ? [] : [[field, value] as const]
      })
      const ring = { ...Object.fromEntries(found), device }
      return readRecord(stored, ring, { kind: 'ring', ringId, deviceId })
    },

    async addReceipt({ ringId, deviceId }, event, receipt) {
      const answer = await runScript(
        redis,
        ADD_RECEIPT,
        [keys.ring(ringId), keys.device(deviceId)],
        [deviceId, event, JSON.stringify(receipt), receipt.at],
      )
      return answer as 'new' | 'known' | 'gone'
    },
  }
}
