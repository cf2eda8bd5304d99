import type { ReceiptEvent } from '@ringer/payloads'
import type { Handset } from '../phones/handset.ts'
import { type CallEntry, isLive } from '../scene/call-entry.ts'
import type { Chaos, ProviderId } from './create-chaos.ts'
import { type FaultPromise, type Promised, promises } from './promises.ts'

/** A fault that was ordered together with a call, and what became of Ringer's promise. */
export interface TrialView {
  provider: ProviderId
  fault: Promised
  sessionId: string
  promise: FaultPromise
  /** `ended`: the call ended before the promise could be kept or broken. */
  phase: 'calling' | 'kept' | 'broken' | 'ended'
  /** From the call to the ring, ms. */
  tookMs?: number | undefined
  /** How many pushes for the call arrived at the provider. */
  pushes: number
}

export interface Trials {
  /** Repairs everything, orders the fault, and lets Alice call Bob. Resolves with the session id. */
  run: (provider: ProviderId, fault: Promised) => Promise<string>
  view: () => TrialView | undefined
  forget: () => void
  close: () => void
}

/** Outcomes of a device that is not pushed to any more for this call. */
const GIVEN_UP: ReadonlySet<string> = new Set(['unregistered', 'rejected', 'skipped', 'expired'])

/** Tries Ringer's promises on the page: breaks something, places a call, and measures. */
export function createTrials(deps: {
  chaos: Pick<Chaos, 'order' | 'clear'>
  /** Bob's phones. */
  phones: readonly Handset[]
  clock: () => number
  /** Ends the call that is in progress, if any. */
  endCall: () => Promise<void>
  placeCall: () => Promise<{ sessionId: string }>
  findCall: (sessionId: string) => CallEntry | undefined
  hangUp: (sessionId: string) => Promise<unknown>
  onChange: () => void
}): Trials {
  const { chaos, clock, onChange } = deps
  let latest: { provider: ProviderId; fault: Promised; promise: FaultPromise; sessionId: string } | undefined
  let timer: NodeJS.Timeout | undefined
  let hangUpTimer: NodeJS.Timeout | undefined
  const forget = () => {
    clearTimeout(timer)
    clearTimeout(hangUpTimer)
    latest = undefined
  }

  return {
    run: async (provider, fault) => {
      forget()
      const known: Partial<Record<Promised, FaultPromise>> = promises[provider]
      const promise = known[fault] ?? { ringsWithinMs: 'never' }
      await chaos.clear()
      await deps.endCall()
      await chaos.order({ provider, fault, ...(promise.pushes && { times: promise.pushes }) })
      const { sessionId } = await deps.placeCall()
      latest = { provider, fault, promise, sessionId }
      // Only the passing of time breaks a promise: perhaps nothing else changes on the page. She may have hung up by herself.
      const hangUp = () => void deps.hangUp(sessionId).catch(() => undefined)
      if (promise.hangsUpAfterMs !== undefined) hangUpTimer = setTimeout(hangUp, promise.hangsUpAfterMs)
      if (promise.ringsWithinMs !== 'never') timer = setTimeout(onChange, promise.ringsWithinMs + 1)
      onChange()
      return sessionId
    },
    view: () => {
      const entry = latest && deps.findCall(latest.sessionId)
      if (!latest || !entry) return undefined
      const { provider, promise } = latest
      const phone = deps.phones.find(({ platform }) => (platform === 'ios') === (provider === 'apns'))
      const rangAt = phone && entry.rangAt[phone.id]
      const tookMs = rangAt === undefined ? undefined : rangAt - entry.call.initiatedAt
      return {
        ...latest,
        phase: phaseOf(promise, entry, phone, tookMs, clock()),
        tookMs,
        pushes: entry.pushes.filter(push => push.phone === phone?.id).length,
      }
    },
    forget,
    close: forget,
  }
}

function phaseOf(
  { ringsWithinMs, reports, hangsUpAfterMs }: FaultPromise,
  entry: CallEntry,
  phone: Handset | undefined,
  tookMs: number | undefined,
  now: number,
): TrialView['phase'] {
  const waiting = isLive(entry) || hangsUpAfterMs !== undefined ? 'calling' : 'ended'
  if (ringsWithinMs === 'never') {
    if (tookMs !== undefined) return 'broken'
    return (reports ? hasReported(entry, phone, reports) : isGivenUp(entry, phone)) ? 'kept' : waiting
  }
  if (tookMs !== undefined) return tookMs <= ringsWithinMs ? 'kept' : 'broken'
  return (entry.endedAt ?? now) - entry.call.initiatedAt <= ringsWithinMs ? waiting : 'broken'
}

const isGivenUp = (entry: CallEntry, phone: Handset | undefined) =>
  devicesOf(entry, phone).some(({ outcome }) => GIVEN_UP.has(outcome))

const hasReported = (entry: CallEntry, phone: Handset | undefined, event: ReceiptEvent) =>
  devicesOf(entry, phone).some(({ receipts }) => receipts?.[event] !== undefined)

const devicesOf = ({ record }: CallEntry, phone: Handset | undefined) =>
  record?.rings.flatMap(ring => ring.devices).filter(({ platform }) => platform === phone?.platform) ?? []
