import { createPrivateKey, type KeyObject, sign } from 'node:crypto'

const MINUTE_MS = 60_000
/** Apple refuses a token that is older than an hour; ten minutes are for clocks that disagree. */
const RENEW_AT_MS = 50 * MINUTE_MS
/** Apple refuses a connection whose token changes more often. */
const RENEWALS_APART_MS = 20 * MINUTE_MS

/** A provider token in the shape of node-apn's own (its lib/credentials/token/prepare.js), which it replaces. */
export interface ProviderToken {
  readonly current: string
  /** Counts the renewals: who asks for one says which token was refused. */
  readonly generation: number
  isExpired(): boolean
  regenerate(refused: number): void
}

/**
 * Makes the one provider token of an account, for all its connections, those to come included: node-apn signs a token for
 * each connection, so that replacing connections would be what Apple calls TooManyProviderTokenUpdates.
 *
 * It is renewed when it is 50 minutes old; and when Apple calls it expired, at once, but only once in 20 minutes: if Apple
 * still says so then, it is our clock that is wrong, and no new token would help.
 * https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
 *
 * @param account key: PKCS #8 PEM, the contents of the .p8
 * @throws when the key is none
 */
export function createProviderToken(
  account: { key: string; keyId: string; teamId: string },
  clock: () => number,
): ProviderToken {
  const key = createPrivateKey(account.key)
  let generation = 0
  let issuedAt = clock()
  let current = signToken(key, account, issuedAt)
  let refusedAt = Number.NEGATIVE_INFINITY

  const isExpired = () => clock() - issuedAt >= RENEW_AT_MS

  return {
    get current() {
      return current
    },
    get generation() {
      return generation
    },
    isExpired,
    regenerate(refused) {
      // Pushes that were refused together have the same token renewed once.
      if (refused !== generation) return
      const now = clock()
      if (!isExpired()) {
        if (now - refusedAt < RENEWALS_APART_MS) return
        refusedAt = now
      }
      generation += 1
      issuedAt = now
      current = signToken(key, account, now)
    },
  }
}

function signToken(
  key: KeyObject,
  { keyId, teamId }: { keyId: string; teamId: string },
  now: number,
): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const unsigned = `${encode({ alg: 'ES256', kid: keyId })}.${encode({ iss: teamId, iat: Math.floor(now / 1_000) })}`
  const signature = sign('sha256', Buffer.from(unsigned), { key, dsaEncoding: 'ieee-p1363' })
  return `${unsigned}.${signature.toString('base64url')}`
}
