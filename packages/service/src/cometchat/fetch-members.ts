import { uid } from '@ringer/payloads'
import { z } from 'zod'
import type { Answer, Failure } from './create-ask.ts'
import { explainFailure } from './explain-failure.ts'

/** The members of a group: at most 1,000, each once. `more`: how many others the group has, according to CometChat. */
export type MemberList =
  | { ok: true; uids: string[]; more: number }
  | { ok: false; retryable: boolean; reason: string; retryAfterMs?: number }

interface MemberPage {
  ok: true
  uids: string[]
  full: boolean
  /** The number of the last page, if CometChat tells the total. */
  last: number | undefined
  total: number
}

interface NoPage extends Failure {
  ok: false
}

/** CometChat's own pushes have the same limit. https://www.cometchat.com/docs/notifications/constraints-and-limits */
const MAX_MEMBERS = 1_000
/** CometChat's default, and the largest page that its own apps ask for. */
const PER_PAGE = 100
const PAGES_AT_ONCE = 5
/** Enough for 1,000 members if CometChat returns only 25 on a page. */
const MAX_PAGES = 40

const member = z.object({ uid })
const pagination = z.object({
  total: z.coerce.number().int().nonnegative().catch(0),
  per_page: z.coerce.number().int().positive().catch(PER_PAGE),
})
const memberPage = z.object({ data: z.array(z.unknown()), meta: z.object({ pagination }).optional() })

/**
 * Fetches the list of a group's members: the first page, then five at a time. If a page fails, the whole list fails,
 * because nobody could tell who is missing.
 *
 * https://www.cometchat.com/docs/rest-api/group-members/list
 */
export async function fetchMembers(
  guid: string,
  ask: (path: string) => Promise<Answer>,
): Promise<MemberList> {
  const askPage = async (page: number) =>
    readPage(await ask(`/groups/${encodeURIComponent(guid)}/members?perPage=${PER_PAGE}&page=${page}`))

  const first = await askPage(1)
  if (!first.ok) return explain(guid, first)
  const uids = new Set(first.uids)
  const last = first.last ?? MAX_MEMBERS / PER_PAGE
  let hasMore = first.last !== undefined || first.full
  for (let next = 2; next <= last && hasMore; next += PAGES_AT_ONCE) {
    const numbers = Array.from(
      { length: Math.min(PAGES_AT_ONCE, last - next + 1) },
      (_, index) => next + index,
    )
    for (const page of await Promise.all(numbers.map(askPage))) {
      if (!page.ok) return explain(guid, page)
      for (const uid of page.uids) uids.add(uid)
      hasMore = first.last !== undefined || page.full
    }
  }
  return { ok: true, uids: [...uids].slice(0, MAX_MEMBERS), more: Math.max(0, first.total - MAX_MEMBERS) }
}

/**
 * Reads a page of members. In CometChat's own example, a page with four members has a total of 0. The number of the last
 * page is unknown then: it is the first page that is not full.
 */
function readPage(answer: Answer): MemberPage | NoPage {
  if (!answer.ok) return answer
  const { data: page } = memberPage.safeParse(answer.body)
  if (!page) return { ok: false, status: 200, problem: 'no list of members' }
  const { total, per_page: perPage } = page.meta?.pagination ?? { total: 0, per_page: PER_PAGE }
  const last = total < page.data.length ? undefined : Math.ceil(Math.min(total, MAX_MEMBERS) / perPage)
  if (last !== undefined && last > MAX_PAGES)
    return { ok: false, status: 200, problem: `a list of more than ${MAX_PAGES} pages` }
  return {
    ok: true,
    uids: page.data.flatMap(item => member.safeParse(item).data?.uid ?? []),
    full: page.data.length >= perPage,
    last,
    total,
  }
}

function explain(guid: string, { ok, ...failure }: NoPage): MemberList {
  const { status, code, retryAfterMs } = failure
  if (status === 404 && code?.startsWith('ERR_'))
    return { ok, retryable: false, reason: `CometChat has no group ${JSON.stringify(guid)}` }
  return { ok, ...explainFailure(failure), ...(retryAfterMs !== undefined && { retryAfterMs }) }
}
