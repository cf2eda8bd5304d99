import { createPublicKey } from 'node:crypto'
import type { StandInCredentials } from '../create-stand-in-credentials.ts'
import { type Jwt, parseJwt } from '../wire/parse-jwt.ts'
import type { ApnsReason } from './rejections.ts'

/** The provider token that a connection uses, and since when (epoch ms). */
export interface TokenUse {
  token: string
  since: number
}

export interface ProviderTokens {
  /** The reason why Apple would refuse this `authorization` on this connection, or null. Records an accepted token. */
  check(authorization: string | undefined, connection: { tokenUse: TokenUse | null }): ApnsReason | null
}

const MINUTE_MS = 60_000
const MAX_AGE_MS = 60 * MINUTE_MS
const SKEW_MS = MINUTE_MS
const MIN_RENEWAL_MS = 20 * MINUTE_MS

/**
 * Checks provider tokens. Each is an ES256 JWT with the key id and the team id, issued at most an hour ago. A connection
 * may change its token once in 20 minutes.
 * https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
 *
 * @param options.isKeyOfHere whether the key may be used in this environment
 */
export function createProviderTokens(
  apns: StandInCredentials['apns'],
  { clock, isKeyOfHere }: { clock: () => number; isKeyOfHere: boolean },
): ProviderTokens {
  const key = createPublicKey(apns.publicKey)
  const verified = new Map<string, Jwt | null>()

  const parse = (token: string) => {
    const known = verified.get(token)
    if (known !== undefined) return known
    const jwt = parseJwt(token, 'ES256', key)
    verified.set(token, jwt)
    return jwt
  }

  return {
    check(authorization, connection) {
      const token = /^bearer (\S+)$/i.exec(authorization ?? '')?.[1]
      if (token === undefined) return 'MissingProviderToken'
      const jwt = parse(token)
      if (!jwt || jwt.header.kid !== apns.keyId || jwt.claims.iss !== apns.teamId)
        return 'InvalidProviderToken'
      if (!isKeyOfHere) return 'BadEnvironmentKeyIdInToken'
      const { iat } = jwt.claims
      if (typeof iat !== 'number') return 'InvalidProviderToken'
      const age = clock() - iat * 1000
      if (age < -SKEW_MS) return 'InvalidProviderToken'
      if (age > MAX_AGE_MS) return 'ExpiredProviderToken'
      const { tokenUse } = connection
      if (tokenUse?.token === token) return null
      if (tokenUse && clock() - tokenUse.since < MIN_RENEWAL_MS) return 'TooManyProviderTokenUpdates'
      connection.tokenUse = { token, since: clock() }
      return null
    },
  }
}
