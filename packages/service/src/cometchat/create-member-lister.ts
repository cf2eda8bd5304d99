import { LRUCache } from 'lru-cache'
import { within } from '../within.ts'
import { type Ask, isPathSegment } from './create-ask.ts'
import { fetchMembers, type MemberList } from './fetch-members.ts'

type Members = Extract<MemberList, { ok: true }>

/** A list that is being fetched, and how many callers wait for it. It is stopped when nobody waits any more. */
interface Listing {
  list: Promise<MemberList>
  waiting: number
  stop: AbortController
}

/** Short, because a member who was just added should be rung. */
const CACHE_MS = 5_000
/** In the lists of all groups together: about 10 MB. */
const MAX_CACHED_MEMBERS = 100_000
/** Longer than any fetch takes. A deadline may be further away than a timer can wait. */
const MAX_WAIT_MS = 60_000

/**
 * Creates a function that lists a group's members by a deadline (epoch ms). A list is cached for 5 s. Callers that ask while
 * it is being fetched share it.
 */
export function createMemberLister(ask: Ask, clock: () => number) {
  const cache = new LRUCache<string, Members>({
    maxSize: MAX_CACHED_MEMBERS,
    sizeCalculation: ({ uids }) => uids.length + 1,
    ttl: CACHE_MS,
    ttlResolution: 0,
    perf: { now: clock },
  })
  const pending = new Map<string, Listing>()

  function start(guid: string): Listing {
    const stop = new AbortController()
    const list = fetchMembers(guid, path => ask(path, stop.signal)).then(list => {
      if (list.ok) cache.set(guid, list)
      return list
    })
    return { list, stop, waiting: 0 }
  }

  async function share(guid: string, limitMs: number): Promise<MemberList> {
    const listing = pending.get(guid) ?? start(guid)
    pending.set(guid, listing)
    listing.waiting += 1
    const outcome = await within(limitMs, listing.list)
    listing.waiting -= 1
    if (listing.waiting === 0) {
      // The list is complete, or nobody waits for the rest any more.
      listing.stop.abort()
      if (pending.get(guid) === listing) pending.delete(guid)
    }
    return outcome.done ? outcome.value : tooLate
  }

  return async (guid: string, deadline: number): Promise<MemberList> => {
    if (!isPathSegment(guid))
      return { ok: false, retryable: false, reason: "the group's id is not a valid CometChat id" }
    const known = cache.get(guid)
    if (known) return copyOf(known)
    const limitMs = Math.min(deadline - clock(), MAX_WAIT_MS)
    return limitMs > 0 ? copyOf(await share(guid, limitMs)) : tooLate
  }
}

const tooLate: MemberList = {
  ok: false,
  retryable: true,
  reason: "CometChat did not list the group's members by the deadline",
}

/** Copies a list, so that a caller that changes it does not change the list of another caller. */
const copyOf = (list: MemberList): MemberList => (list.ok ? { ...list, uids: [...list.uids] } : { ...list })
