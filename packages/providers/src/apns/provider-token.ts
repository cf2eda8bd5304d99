import { createPrivateKey, type KeyObject, sign } from 'node:crypto'

const MINUTE_MS = 60_000
/** Apple refuses a token that is older than an hour. Ten minutes are left for clocks that disagree. */
const RENEW_AT_MS = 50 * MINUTE_MS
/** Apple refuses a connection whose token changes more often than this. */
const RENEWAL_INTERVAL_MS = 20 * MINUTE_MS

/** A provider token with the interface of node-apn's own (its lib/credentials/token/prepare.js), which it replaces. */
export interface ProviderToken {
  readonly current: string
  /** The number of renewals. A caller of `regenerate` passes the generation that Apple refused. */
  readonly generation: number
  isExpired(): boolean
  regenerate(refused: number): void
}

/**
 * Creates the one provider token of an account, for all its connections, present and future. node-apn signs a token for
 * each connection, so replacing connections would lead to Apple's TooManyProviderTokenUpdates.
 *
 * The token is renewed when it is 50 minutes old. When Apple calls it expired, it is renewed at once, but only once in 20
 * minutes: if Apple still calls it expired after that, our clock is wrong, and a new token would not help.
 * https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
 *
 * @param account key: PKCS #8 PEM, the contents of the .p8
 * @throws if the key is not a private key
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
      // Several pushes may be refused for the same token. It is renewed once.
      if (refused !== generation) return
      const now = clock()
      if (!isExpired()) {
        if (now - refusedAt < RENEWAL_INTERVAL_MS) return
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
