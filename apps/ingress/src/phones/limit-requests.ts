import { createCounts } from '@ringer/service'

/** Far more than a phone needs for one ring, yet few enough that a phone stuck in a loop does no harm. */
const REQUESTS_PER_MINUTE = 60

/**
 * What a phone asks and reports about one ring, with room to spare: it asks once, opens a stream, again when its network changes,
 * and reports twice or three times.
 */
const USUAL_REQUESTS = 20

/**
 * How many requests beyond the usual ones may come from one address: from 15 phones that are stuck in a loop. The usual ones are
 * not counted, so that no phone is refused for the others in its network, however many there are.
 */
const MORE_PER_ADDRESS = 600

/** What was asked for too often, and how long to wait, ms. */
export interface TooMany {
  of: 'url' | 'address'
  waitMs: number
}

/** Creates the limit of requests for valid state URLs. Each ingress counts for itself. */
export function limitRequests(): (url: string, address: string) => TooMany | undefined {
  const counts = (limit: number) => createCounts({ limit, windowMs: 60_000, clock: Date.now })
  const [requests, usual, more] = [
    counts(REQUESTS_PER_MINUTE),
    counts(USUAL_REQUESTS),
    counts(MORE_PER_ADDRESS),
  ]

  return (url, address) => {
    const ofUrl = requests.add(url)
    if (ofUrl > 0) return { of: 'url', waitMs: ofUrl }
    const ofAddress = usual.add(url) > 0 ? more.add(address) : 0
    return ofAddress > 0 ? { of: 'address', waitMs: ofAddress } : undefined
  }
}
