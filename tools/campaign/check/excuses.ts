import type { SeenPush, Trouble } from '../history.ts'
import { ALLOWED_MS } from './allowances.ts'
import type { Interval } from './intervals.ts'

/**
 * Whether a push was refused for good because the plan said so. A stand-in's own refusal, as for a token of Apple's other
 * environment, is no excuse.
 */
export const isRefusedForGood = ({ status, fault }: SeenPush) =>
  status === 410 || status === 404 || (fault === 'status' && (status === 400 || status === 403))

/**
 * Troubles in spite of which every phone must ring: Ringer has to live with slow answers and slow commands, and what a part of
 * the connections does not bring must come on another one.
 */
const harmless = new Set(['slow-provider', 'slow-redis', 'silence-streams', 'freeze-pool'])

/** Whether a ring may be lost because of this trouble. */
export const mayCostRings = ({ kind }: Trouble) => !harmless.has(kind)

/**
 * Whether the packets between a worker and FCM disappear. The worker learns of it when attempts end, after 15 s, so a push in
 * its hands may be lost. Apple's connections show it within seconds.
 */
export const isUnnoticed = ({ subject, kind }: Trouble) => kind === 'freeze-link' && subject.endsWith('-fcm')

/** How long the ordered faults of these pushes to one phone delay the next attempt. */
export function timesLost(own: readonly SeenPush[]): Interval[] {
  const swallowed = own.filter(({ fault, accepted }) => fault === 'hang' && !accepted)
  return [...own.map(timeItCost), ...swallowed.slice(1).map(timeUntilTriedAgain)]
}

function timeItCost({ at, status, fault }: SeenPush): Interval {
  if (fault === null || fault === 'delayMs') return { from: at, to: at }
  const cost =
    status === 429 || status === 503 ? ALLOWED_MS.retryAfter : fault === 'status' ? 0 : ALLOWED_MS.attempt
  return { from: at, to: at + cost }
}

/**
 * A push that its provider swallows is sent again after 1 s. If it swallows that one as well, there is no further attempt while
 * both are open: until the deadline at Apple, for 15 s at FCM.
 */
function timeUntilTriedAgain({ at, provider }: SeenPush): Interval {
  return { from: at, to: provider === 'fcm' ? at + ALLOWED_MS.fcmAttempt : Number.POSITIVE_INFINITY }
}
