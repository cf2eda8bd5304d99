import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Ask } from './ask-cometchat.ts'
import { isPathPart } from './is-path-part.ts'
import { ownerOfToken } from './owner-of-token.ts'
import { type AuthTokenCheck, readTokenAnswer, refused, unavailable } from './read-token-answer.ts'

const ACCEPTED_KEPT_MS = 5 * 60_000
const REFUSED_KEPT_MS = 30_000
const MOST_KEPT = 10_000
const MOST_AT_ONCE = 50

/**
 * Asks CometChat whose an auth token is. A token that was good is for 5 minutes, one that was refused is for 30 s, and
 * at most 50 are asked about at once: registrations must not use up the rate limit that the app's own users need.
 */
export function createAuthTokenChecker(ask: Ask, clock: () => number) {
  const kept = new LRUCache<string, AuthTokenCheck>({
    max: MOST_KEPT,
    ttl: REFUSED_KEPT_MS,
    ttlResolution: 0,
    perf: { now: clock },
  })
  const underWay = new Map<string, Promise<AuthTokenCheck>>()

  async function check(authToken: string, owner: string, key: string): Promise<AuthTokenCheck> {
    const path = `/users/${encodeURIComponent(owner)}/auth_tokens/${encodeURIComponent(authToken)}`
    const result = readTokenAnswer(await ask(path), authToken)
    if (result.ok) kept.set(key, result, { ttl: ACCEPTED_KEPT_MS })
    else if (result.kind === 'refused') kept.set(key, result)
    return result
  }

  return async (authToken: string, uid: string | undefined): Promise<AuthTokenCheck> => {
    if (!isToken(authToken)) return refused('an auth token is 1 to 512 printable ASCII characters')
    const owner = ownerOfToken(authToken) ?? uid
    if (owner === undefined || !isPathPart(owner))
      return refused('the auth token names no user, and there is no uid beside it')
    const key = keyOf(authToken, owner)
    const known = kept.get(key) ?? underWay.get(key)
    if (known) return known
    if (underWay.size >= MOST_AT_ONCE)
      return unavailable(`${MOST_AT_ONCE} auth tokens are being checked already`)
    const checking = check(authToken, owner, key).finally(() => underWay.delete(key))
    underWay.set(key, checking)
    return checking
  }
}

/** `.` and `..` would lead to another path; see isPathPart. */
const isToken = (authToken: string) => /^[\x21-\x7e]{1,512}$/.test(authToken) && !/^\.\.?$/.test(authToken)

/** Tokens are not kept in clear. A token that does not say whose it is may be good for one uid and not for another. */
const keyOf = (authToken: string, owner: string) =>
  createHash('sha256').update(`${authToken}\n${owner}`).digest('base64')
