import type { ReceiptEvent } from '@ringer/payloads'
import type { FcmActName, LastingName } from './connection-faults.ts'
import type { ApnsFaultName, FcmFaultName } from './push-faults.ts'

/** What Ringer promises for a call that meets a fault: docs/guarantees.md. */
export interface FaultPromise {
  /** The phone rings at most this long after the call was placed, ms. `never`: it cannot ring for this call. */
  ringsWithinMs: number | 'never'
  /** How many pushes in a row meet the fault. Default: 1. */
  pushes?: number
  /** What the phone reports instead of ringing. */
  reports?: ReceiptEvent
  /** Alice hangs up this long after she called, ms. Default: she waits. */
  hangsUpAfterMs?: number
}

type ConnectionFaultName =
  | Exclude<LastingName, 'stream-limit-1' | 'focus'>
  | Extract<FcmActName, 'drop-connections'>

const AT_ONCE_MS = 3_000
const never: FaultPromise = { ringsWithinMs: 'never' }
const atOnce: FaultPromise = { ringsWithinMs: AT_ONCE_MS }
/** Three failures in a row take 250 ms, 500 ms and 1 s to wait. */
const threeFailures: FaultPromise = { ringsWithinMs: 4_000, pushes: 3 }
/** The provider asks for a pause of 2 s. */
const pause: FaultPromise = { ringsWithinMs: 5_000 }
/** A push without an answer is sent a second time after about a second. */
const silence: FaultPromise = { ringsWithinMs: 3_000 }

const shared = {
  latency: atOnce,
  '429': pause,
  '500': threeFailures,
  '503': threeFailures,
  hang: silence,
  'lost-answer': atOnce,
  'endless-body': atOnce,
  reset: atOnce,
  unregistered: never,
  freeze: silence,
  'refuse-connections': atOnce,
  'drop-connections': atOnce,
} as const satisfies Record<FcmFaultName | ConnectionFaultName, FaultPromise>

/** A promise for each fault that the page can order together with a call. */
export const promises = {
  apns: {
    ...shared,
    goaway: atOnce,
    'refused-stream': atOnce,
    'stale-unregistered': never,
    'stream-limit-1': atOnce,
    'late-delivery': { ringsWithinMs: 'never', reports: 'late', hangsUpAfterMs: 1_000 },
    focus: { ringsWithinMs: 'never', reports: 'suppressed' },
  } satisfies Record<ApnsFaultName | ConnectionFaultName | 'stream-limit-1' | 'focus', FaultPromise>,
  fcm: shared,
}

export type Promised = keyof (typeof promises)['apns']
