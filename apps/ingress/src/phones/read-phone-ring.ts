import type { Capability } from '@ringer/payloads'
import { within } from '@ringer/service'
import type { PhoneRing } from '@ringer/store'
import { overAt } from './describe-state.ts'
import type { PhoneDeps } from './phone-deps.ts'

/** Without a reason: the ring is over or no longer on record. With a reason: Redis did not answer. */
export type ReadRing = { ok: true; ring: PhoneRing } | { ok: false; reason?: string }

/** Reads the ring, unless it has been over for longer than `afterMs`. */
export async function readPhoneRing(
  capability: Capability,
  afterMs: number,
  { rings, storeLimitMs, clock }: Pick<PhoneDeps, 'rings' | 'storeLimitMs' | 'clock'>,
): Promise<ReadRing> {
  const found = await within(storeLimitMs, rings.read(capability))
  if (!found.done) return { ok: false, reason: found.reason }
  const ring = found.value
  return ring && clock() < overAt(ring) + afterMs ? { ok: true, ring } : { ok: false }
}
