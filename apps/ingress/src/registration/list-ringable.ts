import { diagnoseDevice, diagnosePhone, verdictOf } from '@ringer/diagnosis'
import { ringId } from '@ringer/payloads'
import { type CallRecords, type DeviceRegistry, healthOf, type RingRecord } from '@ringer/store'
import type { Owner } from './read-request.ts'

/** How many of a user's newest calls are read to see what each phone did. */
const CALLS = 5

/**
 * Says which of a user's phones would ring now, and why the others would not. `ringable`: whether at least one would, as far as
 * is known.
 */
export async function listRingable(
  { devices, records, clock }: { devices: DeviceRegistry; records: CallRecords; clock: () => number },
  { appId, uid }: Owner,
): Promise<{ uid: string; ringable: boolean; devices: object[] }> {
  const [own, rings] = await Promise.all([devices.list(appId, uid), newestRings(records, { appId, uid })])
  const now = clock()
  const described = own.map(device => {
    const last = rings.flatMap(ring => {
      const found = ring.devices.find(({ deviceId }) => deviceId === device.id)
      return found ? [{ ring, code: diagnosePhone(found, ring, now).code }] : []
    })[0]
    const { rings: answer, code, because } = diagnoseDevice(device, last?.code)
    const { id, platform, kind, deviceId } = device
    return {
      ...{ id, platform, kind, deviceId, rings: answer },
      ...(code && { diagnosis: verdictOf({ code, because }) }),
      health: healthOf(device),
      ...(last && {
        lastRing: { at: iso(last.ring.receivedAt), sessionId: last.ring.sessionId, diagnosis: last.code },
      }),
      ...(device.receiptAt !== undefined && { lastReceiptAt: iso(device.receiptAt) }),
      registeredAt: iso(device.registeredAt),
    }
  })
  return { uid, ringable: described.some(({ rings }) => rings !== 'no'), devices: described }
}

/** The rings of a user's newest calls, the newest first. */
async function newestRings(records: CallRecords, { appId, uid }: Owner): Promise<RingRecord[]> {
  const calls = await records.list(appId, { uid, limit: CALLS })
  const rings = await Promise.all(
    calls.map(({ sessionId, announcedBy }) =>
      records.readRing(ringId(appId, { sessionId, recipient: uid, announcedBy })),
    ),
  )
  return rings.filter(ring => ring !== undefined)
}

const iso = (at: number) => new Date(at).toISOString()
