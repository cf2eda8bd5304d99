/** What a request to CometChat is for: listing a group's members, or looking up an auth token, of a user with phones or not. */
export type CallKind = 'members' | 'known' | 'strangers'

/** The ceiling of requests to CometChat within a minute. */
export interface CallBudget {
  /** Takes one request from the budget. Returns 0, or how long to wait if there is none left, in ms. */
  take(kind: CallKind): number
}

/**
 * The part of the ceiling that each kind of request may use up. Listing members comes first, because a group's phones wait for
 * it. Registrations share the rest, and strangers cannot use up what users with phones may need.
 */
const SHARES: Record<CallKind, number> = { members: 1, known: 0.5, strangers: 0.35 }

const MINUTE_MS = 60_000

/** Requests within a minute, by what they were for. */
export interface CallSums {
  members: number
  lookups: number
}

/**
 * Counts a request of this process with those of all processes. `minute`: whole minutes since the epoch. Returns the sums of
 * all. May reject.
 */
export type ShareCalls = (minute: number, kind: keyof CallSums) => Promise<CallSums>

/**
 * Creates the budget of one app's requests to CometChat. Each minute of the clock begins with a full one. Nothing waits for
 * what the other processes count: their sums are learnt after each request, so all together may exceed the ceiling by the few
 * requests that leave at the same moment.
 *
 * @param perMinute the ceiling (COMETCHAT_REQUESTS_PER_MINUTE)
 * @param share without it, or while it fails, this process counts for itself
 */
export function createCallBudget(perMinute: number, clock: () => number, share?: ShareCalls): CallBudget {
  let minute = 0
  let sums: CallSums = { members: 0, lookups: 0 }

  function count(kind: keyof CallSums) {
    sums[kind] += 1
    const counted = minute
    share?.(minute, kind).then(
      all => {
        if (counted !== minute) return
        sums = {
          members: Math.max(sums.members, all.members),
          lookups: Math.max(sums.lookups, all.lookups),
        }
      },
      () => undefined,
    )
  }

  return {
    take(kind) {
      const now = clock()
      if (Math.floor(now / MINUTE_MS) !== minute) {
        minute = Math.floor(now / MINUTE_MS)
        sums = { members: 0, lookups: 0 }
      }
      const isUsedUp =
        sums.members + sums.lookups >= perMinute ||
        (kind !== 'members' && sums.lookups >= perMinute * SHARES[kind])
      if (isUsedUp) return (minute + 1) * MINUTE_MS - now
      count(kind === 'members' ? 'members' : 'lookups')
      return 0
    },
  }
}
