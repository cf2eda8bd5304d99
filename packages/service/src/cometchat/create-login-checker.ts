import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { type Ask, isPathSegment } from './create-ask.ts'
import type { CallBudget } from './create-call-budget.ts'

/** How long the logins of a user are not asked for again. */
const CHECKED_MS = 5 * 60_000
const MAX_USERS = 10_000
const PER_PAGE = 100
/** A user with more logins than fit on these pages is left alone: nobody could tell which of them have ended. */
const MAX_PAGES = 5

const page = z.object({
  data: z.array(z.object({ authToken: z.string().min(1) })),
  meta: z.object({ pagination: z.object({ total: z.coerce.number().int().nonnegative() }) }),
})

/** Finds out which logins of a user CometChat has ended. */
export interface LoginChecker {
  /** Whether the user's logins were not asked for within five minutes. */
  isDue(uid: string): boolean
  /**
   * Returns those of a user's logins that CometChat does not know any more, by `loginOf`. Empty if CometChat did not list all of
   * the user's auth tokens. Never rejects, and takes 10 s at most.
   */
  findEnded(uid: string, logins: readonly string[]): Promise<readonly string[]>
}

/** What is kept of an auth token, to recognise its login. The token cannot be guessed from it. */
export const loginOf = (authToken: string): string =>
  createHash('sha256').update(authToken).digest('base64url').slice(0, 32)

/** https://www.cometchat.com/docs/rest-api/auth-tokens/list */
export function createLoginChecker(ask: Ask, budget: CallBudget, clock: () => number): LoginChecker {
  const checked = new LRUCache<string, true>({
    maxSize: MAX_USERS,
    sizeCalculation: () => 1,
    ttl: CHECKED_MS,
    ttlResolution: 0,
    perf: { now: clock },
  })

  /** Returns all of a user's logins, or undefined if they are not known. */
  async function listLogins(uid: string): Promise<Set<string> | undefined> {
    const logins = new Set<string>()
    for (let number = 1; number <= MAX_PAGES; number += 1) {
      if (budget.take('known') > 0) return undefined
      const path = `/users/${encodeURIComponent(uid)}/auth_tokens?perPage=${PER_PAGE}&page=${number}`
      const answer = await ask(path)
      const { data: listed } = page.safeParse(answer.ok ? answer.body : undefined)
      if (!listed) return undefined
      for (const { authToken } of listed.data) logins.add(loginOf(authToken))
      if (logins.size >= listed.meta.pagination.total) return logins
      if (listed.data.length === 0) return undefined
    }
    return undefined
  }

  return {
    isDue: uid => isPathSegment(uid) && !checked.has(uid),
    async findEnded(uid, logins) {
      checked.set(uid, true)
      const known = await listLogins(uid)
      return known ? logins.filter(login => !known.has(login)) : []
    },
  }
}
