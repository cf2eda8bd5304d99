import type { SeenPush } from '../history.ts'
import { allow } from './allowances.ts'
import type { Interval } from './intervals.ts'

/** By order: what a stand-in refuses of itself, such as a token of Apple's other environment, is no excuse. */
export const isRefusedForGood = ({ status, fault }: SeenPush) =>
  status === 410 || status === 404 || (fault === 'status' && (status === 400 || status === 403))

/** How long a fault that was ordered for this very push keeps it from being sent again. */
export function timeItCost({ at, status, fault }: SeenPush): Interval {
  if (fault === null || fault === 'delayMs') return { from: at, to: at }
  const cost = status === 429 || status === 503 ? allow.retryAfter : fault === 'status' ? 0 : allow.attempt
  return { from: at, to: at + cost }
}
