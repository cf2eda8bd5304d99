import { readBounded } from '@ringer/service'
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'

const REQUEST_LIMIT_MS = 2_000

/** A key takes less than 1 KB, or some KB with its certificates. Identity providers publish a handful. */
const MAX_BYTES = 200_000

/** A JWT with an unknown key id makes us look for new keys, but not more often than this. */
const INTERVAL_MS = 30_000

/** The interval after a failure. Nobody can register meanwhile, unless an earlier answer is still valid. */
const INTERVAL_AFTER_FAILURE_MS = 5_000

/** jose's default: keys that the identity provider has withdrawn are trusted for at most this long. */
const MAX_AGE_MS = 600_000

/**
 * Creates a key set that an identity provider publishes. It is fetched when it is first needed, when it is 10 minutes old, and
 * when a JWT names an unknown key: at most once in 30 s, or in 5 s after a failure, whatever arrives. Anybody can send JWTs
 * with unknown keys, and must not make the ingress flood the identity provider.
 *
 * An answer counts as a failure if it takes longer than 2 s, is larger than 200 KB, or is a redirect.
 */
export function createKeySet(url: string): JWTVerifyGetKey {
  // jose counts its interval from the last success, so the one after a failure is kept here.
  let failedAt = Number.NEGATIVE_INFINITY

  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: REQUEST_LIMIT_MS,
    cooldownDuration: INTERVAL_MS,
    cacheMaxAge: MAX_AGE_MS,
    async [customFetch](address, options) {
      if (performance.now() < failedAt + INTERVAL_AFTER_FAILURE_MS)
        throw new Error('the key set could not be fetched a moment ago')
      try {
        const response = await fetch(address, { ...options, redirect: 'manual' })
        const body = await readBounded(response, MAX_BYTES)
        if (response.status === 200) return Response.json(asKeySet(body))
        throw new Error(`status ${response.status}`)
      } catch (error) {
        failedAt = performance.now()
        throw error
      }
    },
  })
}

/** Parses a key set, so that one that cannot be read counts as a failure here as well. */
function asKeySet(body: string): unknown {
  const set: unknown = JSON.parse(body)
  if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys))
    throw new Error('not a key set')
  return set
}
