import { LRUCache } from 'lru-cache'
import { within } from '../within.ts'
import type { Ask } from './ask-cometchat.ts'
import { isPathPart } from './is-path-part.ts'
import { listPages, type MemberList } from './list-pages.ts'

type Members = Extract<MemberList, { ok: true }>

/** A group that is being listed, for as long as somebody has time to wait for it. */
interface Listing {
  list: Promise<MemberList>
  waiting: number
  stop: AbortController
}

const KEPT_MS = 5_000
/** Of all groups together: some 10 MB. */
const KEPT_MEMBERS = 100_000
/** Longer than any listing takes; a timer cannot be set for just any time. */
const LONGEST_WAIT_MS = 60_000

/** Lists a group's members by a deadline (epoch ms). A list is kept for 5 s, for who was added wants to be rung; who asks while it is made shares it. */
export function createMemberLister(ask: Ask, clock: () => number) {
  const kept = new LRUCache<string, Members>({
    maxSize: KEPT_MEMBERS,
    sizeCalculation: ({ uids }) => uids.length + 1,
    ttl: KEPT_MS,
    ttlResolution: 0,
    perf: { now: clock },
  })
  const underWay = new Map<string, Listing>()

  function start(guid: string): Listing {
    const stop = new AbortController()
    const list = listPages(guid, path => ask(path, stop.signal)).then(list => {
      if (list.ok) kept.set(guid, list)
      return list
    })
    return { list, stop, waiting: 0 }
  }

  async function share(guid: string, limitMs: number): Promise<MemberList> {
    const listing = underWay.get(guid) ?? start(guid)
    underWay.set(guid, listing)
    listing.waiting += 1
    const outcome = await within(limitMs, listing.list)
    listing.waiting -= 1
    if (listing.waiting === 0) {
      // Nobody has time for the rest, or there is no rest.
      listing.stop.abort()
      if (underWay.get(guid) === listing) underWay.delete(guid)
    }
    return outcome.done ? outcome.value : tooLate
  }

  return async (guid: string, deadline: number): Promise<MemberList> => {
    if (!isPathPart(guid))
      return { ok: false, retryable: false, reason: "the group's id is not one that CometChat gives" }
    const known = kept.get(guid)
    if (known) return copyOf(known)
    const limitMs = Math.min(deadline - clock(), LONGEST_WAIT_MS)
    return limitMs > 0 ? copyOf(await share(guid, limitMs)) : tooLate
  }
}

const tooLate: MemberList = {
  ok: false,
  retryable: true,
  reason: "CometChat did not list the group's members by the deadline",
}

/** Whoever changes a list changes nobody else's. */
const copyOf = (list: MemberList): MemberList => (list.ok ? { ...list, uids: [...list.uids] } : { ...list })
