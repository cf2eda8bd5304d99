import { createHash } from 'node:crypto'
import { normalUid } from '@ringer/payloads'
import { LRUCache } from 'lru-cache'
import { type Ask, isPathSegment } from './create-ask.ts'
import type { CallBudget } from './create-call-budget.ts'
import { createLookupGate, type LookupCaller } from './create-lookup-gate.ts'
import { type AuthTokenCheck, readTokenAnswer, refused } from './read-token-answer.ts'

const ACCEPTED_CACHE_MS = 5 * 60_000
const REFUSED_CACHE_MS = 30_000
const MAX_CACHED = 10_000

/** The end of an auth token: the time in s or ms, then random hex: `superhero1_1630306819c3027ce530b2367f3c97b4106f0cb8`. */
const TOKEN_END = /^\d{10}[0-9a-f]{6,}$/

/**
 * Creates a function that asks CometChat which user an auth token belongs to. An accepted token is cached for 5 minutes and
 * a refused one for 30 s, and callers share a limited number of look-ups (see createLookupGate): registrations must not use up
 * the rate limit that the app's own users need.
 */
export function createAuthTokenChecker(ask: Ask, budget: CallBudget, clock: () => number) {
  const admit = createLookupGate(budget, clock)
  const cache = new LRUCache<string, AuthTokenCheck>({
    maxSize: MAX_CACHED,
    sizeCalculation: () => 1,
    ttl: REFUSED_CACHE_MS,
    ttlResolution: 0,
    perf: { now: clock },
  })
  const pending = new Map<string, Promise<AuthTokenCheck>>()

  async function check(authToken: string, owner: string, key: string, caller: LookupCaller) {
    const admission = await admit(owner, caller)
    if (!admission.ok) return admission
    return lookUp(authToken, owner, key).finally(admission.leave)
  }

  async function lookUp(authToken: string, owner: string, key: string): Promise<AuthTokenCheck> {
    const path = `/users/${encodeURIComponent(owner)}/auth_tokens/${encodeURIComponent(authToken)}`
    const result = readTokenAnswer(await ask(path), authToken)
    if (result.ok) cache.set(key, result, { ttl: ACCEPTED_CACHE_MS })
    else if (result.kind === 'refused') cache.set(key, result)
    return result
  }

  return async (
    authToken: string,
    uid: string | undefined,
    caller: LookupCaller,
  ): Promise<AuthTokenCheck> => {
    if (!isToken(authToken)) return refused('an auth token must be 1 to 512 printable ASCII characters')
    const owner = ownerOfToken(authToken) ?? uid
    if (owner === undefined || !isPathSegment(owner))
      return refused('the auth token does not name its user, and no uid was given with it')
    const key = keyOf(authToken, owner)
    const known = cache.get(key) ?? pending.get(key)
    if (known) return known
    const checking = check(authToken, owner, key, caller).finally(() => pending.delete(key))
    pending.set(key, checking)
    return checking
  }
}

/** `.` and `..` would lead to another path, see isPathSegment. */
const isToken = (authToken: string) => /^[\x21-\x7e]{1,512}$/.test(authToken) && !/^\.\.?$/.test(authToken)

/**
 * Reads which user an auth token claims to belong to, so that CometChat can be asked about that user. A uid may contain
 * underscores, so the last one ends it. https://www.cometchat.com/docs/rest-api/auth-tokens/create
 */
export function ownerOfToken(authToken: string): string | undefined {
  const end = authToken.lastIndexOf('_')
  return end > 0 && TOKEN_END.test(authToken.slice(end + 1)) ? normalUid(authToken.slice(0, end)) : undefined
}

/**
 * The key of a cached result. It is a hash, so that no token is kept in clear. The owner is part of it, because a token
 * that does not name its user may be valid for one uid and not for another.
 */
const keyOf = (authToken: string, owner: string) =>
  createHash('sha256').update(`${authToken}\n${owner}`).digest('base64')
