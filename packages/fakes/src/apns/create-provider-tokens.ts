import { createPublicKey } from 'node:crypto'
import type { StandInCredentials } from '../create-stand-in-credentials.ts'
import { type Jwt, parseJwt } from '../wire/parse-jwt.ts'
import type { ApnsReason } from './rejections.ts'

/** The provider token that a connection uses, and since when (epoch ms). */
export interface TokenUse {
  token: string
  since: number
}

/** What Apple remembers of a connection that pushes with provider tokens. */
export interface TokenConnection {
  tokenUse: TokenUse | null
  keyId: string | null
}

/** A key that signs provider tokens, with where and for what Apple accepts it. */
export interface TokenKey {
  keyId: string
  /** PEM. */
  publicKey: string
  /** Whether it may be used in this environment. Apple's newer keys are for one of them only. */
  isOfHere: boolean
  /** The only topics that it may be used for. Default: all of the team. */
  topics?: readonly string[] | undefined
}

export interface ProviderTokens {
  /**
   * The reason why Apple would refuse this `authorization` for this topic on this connection, or null. Records an accepted
   * token.
   */
  check(authorization: string | undefined, topic: string, connection: TokenConnection): ApnsReason | null
}

const MINUTE_MS = 60_000
const MAX_AGE_MS = 60 * MINUTE_MS
const SKEW_MS = MINUTE_MS
const MIN_RENEWAL_MS = 20 * MINUTE_MS

/**
 * Checks provider tokens. Each is an ES256 JWT with the key id and the team id, issued at most an hour ago. A connection
 * may change its token once in 20 minutes, and goes on with the key that it began with.
 * https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
 *
 * @param options.keys the keys of the team
 */
export function createProviderTokens(
  { teamId }: Pick<StandInCredentials['apns'], 'teamId'>,
  { clock, keys }: { clock: () => number; keys: readonly TokenKey[] },
): ProviderTokens {
  const known = keys.map(key => ({ ...key, opened: createPublicKey(key.publicKey) }))
  const verified = new Map<string, { jwt: Jwt; key: TokenKey } | undefined>()

  function parse(token: string) {
    if (!verified.has(token)) verified.set(token, verify(token))
    return verified.get(token)
  }

  function verify(token: string) {
    for (const key of known) {
      const jwt = parseJwt(token, 'ES256', key.opened)
      if (jwt?.header.kid === key.keyId && jwt.claims.iss === teamId) return { jwt, key }
    }
    return undefined
  }

  return {
    check(authorization, topic, connection) {
      const token = /^bearer (\S+)$/i.exec(authorization ?? '')?.[1]
      if (token === undefined) return 'MissingProviderToken'
      const found = parse(token)
      if (!found) return 'InvalidProviderToken'
      const { jwt, key } = found
      if (!key.isOfHere) return 'BadEnvironmentKeyIdInToken'
      if (connection.keyId !== null && connection.keyId !== key.keyId) return 'UnrelatedKeyIdInToken'
      const { iat } = jwt.claims
      if (typeof iat !== 'number') return 'InvalidProviderToken'
      const age = clock() - iat * 1000
      if (age < -SKEW_MS) return 'InvalidProviderToken'
      if (age > MAX_AGE_MS) return 'ExpiredProviderToken'
      const { tokenUse } = connection
      if (topic !== '' && key.topics?.includes(topic) === false) return 'TopicDisallowed'
      if (tokenUse?.token === token) return null
      if (tokenUse && clock() - tokenUse.since < MIN_RENEWAL_MS) return 'TooManyProviderTokenUpdates'
      connection.tokenUse = { token, since: clock() }
      connection.keyId = key.keyId
      return null
    },
  }
}
