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

/**
 * Creates the budget of one app's requests to CometChat, in this process. Each minute of the clock begins with a full one.
 *
 * @param perMinute the ceiling (COMETCHAT_REQUESTS_PER_MINUTE)
 */
export function createCallBudget(perMinute: number, clock: () => number): CallBudget {
  let minute = 0
  let listed = 0
  let lookedUp = 0
  return {
    take(kind) {
      const now = clock()
      if (Math.floor(now / MINUTE_MS) !== minute) {
        minute = Math.floor(now / MINUTE_MS)
        listed = 0
        lookedUp = 0
      }
      const waitMs = (minute + 1) * MINUTE_MS - now
      if (listed + lookedUp >= perMinute) return waitMs
      if (kind === 'members') {
        listed += 1
        return 0
      }
      if (lookedUp >= perMinute * SHARES[kind]) return waitMs
      lookedUp += 1
      return 0
    },
  }
}
