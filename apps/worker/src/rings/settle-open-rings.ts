import { diagnosePhone } from '@ringer/diagnosis'
import { type Provider, providerOf } from '@ringer/providers'
import {
  createOpenRings,
  type DeviceChange,
  type DeviceOutcome,
  type DeviceRecord,
  type Keys,
  type LivingWorker,
  type OpenRing,
  type RedisClient,
  type RingRecord,
  readWorkers,
} from '@ringer/store'
import { type SettleDeps, settlePhone } from './settle-phone.ts'

/** How many rings are looked at at once. */
const AT_ONCE = 100

/** A push that is under way is settled by its own worker, unless that died. */
const UNDER_WAY_MS = 10_000

type Deps = SettleDeps & {
  redis: RedisClient
  keys: Keys
  providers: readonly Provider[]
}

/**
 * Settles the phones that nobody rang by the end of their ring: their pushes wait in a queue that no worker takes from, because none
 * serves it or its provider cannot be reached. Otherwise such a ring would have no end in the log, the metrics and the events.
 * Several workers may do so at the same time: each phone is settled once.
 *
 * @returns `look` does it now, unless that is under way
 */
export function settleOpenRings(deps: Deps): { look(): void; close(): Promise<void> } {
  const { redis, keys, records, redisOutage, clock } = deps
  const openRings = createOpenRings(redis, keys)

  async function settle() {
    for (let due = AT_ONCE; due === AT_ONCE && !isClosed; ) {
      const taken = await openRings.take(clock(), AT_ONCE)
      due = taken.length
      if (due === 0) return
      const workers = await readWorkers(redis, keys)
      await Promise.all(
        taken.map(async open => {
          const ring = await records.readRing(open.ringId)
          if (ring && !(await settlePhones(open, ring, workers, deps))) return
          await openRings.remove(open)
        }),
      )
    }
  }

  let isClosed = false
  let settling: Promise<void> | undefined
  return {
    look() {
      if (isClosed) return
      settling ??= settle()
        .catch(error => redisOutage.failed(error instanceof Error ? error.message : String(error)))
        .finally(() => {
          settling = undefined
        })
    },
    async close() {
      isClosed = true
      await settling
    },
  }
}

/** Returns whether all phones of the ring are settled. */
async function settlePhones(
  { appId, ringId }: OpenRing,
  ring: RingRecord,
  workers: readonly LivingWorker[],
  deps: Deps,
): Promise<boolean> {
  const now = deps.clock()
  const { sessionId, deadline } = ring
  const open = ring.devices.filter(({ outcome }) => isOpen.has(outcome))
  const due = open.filter(({ outcome }) => outcome !== 'sending' || now >= deadline + UNDER_WAY_MS)
  for (const { deviceId, ...device } of due) {
    const phone = { appId, ringId, sessionId, deviceId, deadline }
    await settlePhone(phone, endOf(device, ring, now, workers), deps, ({ platform }) =>
      providerOf({ platform }, deps.providers),
    )
  }
  return due.length === open.length
}

const isOpen: ReadonlySet<DeviceOutcome> = new Set(['queued', 'sending', 'retryable'])

/** What is written about a phone that nobody rang. Why its last attempt failed stays on record. */
function endOf(
  device: DeviceRecord,
  ring: RingRecord,
  now: number,
  workers: readonly LivingWorker[],
): DeviceChange & { outcome: DeviceOutcome } {
  const { code } = diagnosePhone(device, ring, now, workers)
  if (code === 'answered-first') return { outcome: 'skipped', why: code }
  const outcome = ring.state === 'ended' && (ring.endedAt ?? now) < ring.deadline ? 'skipped' : 'expired'
  return code === 'no-worker-for-provider' ? { outcome, why: code } : { outcome }
}
