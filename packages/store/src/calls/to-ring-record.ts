import { deviceRecord, type RingRecord, ringRecord } from './call-record.ts'

/** Reads the devices out of a ring's hash. */
export function toDevices(hash: Record<string, string>): RingRecord['devices'] {
  return Object.entries(hash).flatMap(([field, value]) =>
    field.startsWith('device:')
      ? [{ deviceId: field.slice('device:'.length), ...deviceRecord.parse(JSON.parse(value)) }]
      : [],
  )
}

/** Reads a ring's hash. */
export function toRingRecord(ringId: string, hash: Record<string, string>): RingRecord {
  const number = (value: string | undefined) => (value === undefined ? undefined : Number(value))
  return ringRecord.parse({
    ...hash,
    ringId,
    receivedAt: number(hash.receivedAt),
    dequeuedAt: number(hash.dequeuedAt),
    deadline: number(hash.deadline),
    answeredAt: number(hash.answeredAt),
    endedAt: number(hash.endedAt),
    superseded: hash.superseded === undefined ? undefined : true,
    devices: toDevices(hash),
  })
}
