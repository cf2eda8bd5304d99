import { randomBytes } from 'node:crypto'
import type { FakeCometChat } from '@ringer/fakes/cometchat'
import type { RegistrationAuthKind } from '../../plan/plan.ts'

export const REGISTRATION_KEY = 'a-registration-key-of-a-backend'

/** The headers of requests about phones. */
export interface PhoneCredentials {
  /** Those of a user. Each call is a new login, if users log in. */
  logIn(uid: string, token: string): Record<string, string>
  /** Those of a stranger: made up. */
  makeUp(address: number): Record<string, string>
}

/**
 * With `key`, all requests come from a backend, and strangers share its address. With `cometchat`, each phone has an address
 * of its own and its user's auth token, and strangers make up both the users and their tokens.
 */
export function createPhoneCredentials(
  auth: RegistrationAuthKind,
  { authTokens }: Pick<FakeCometChat, 'authTokens'>,
): PhoneCredentials {
  if (auth === 'key')
    return {
      logIn: () => ({ authorization: `Bearer ${REGISTRATION_KEY}` }),
      makeUp: () => ({ authorization: 'Bearer a-guess' }),
    }
  return {
    logIn(uid, token) {
      const authToken = authTokenOf(uid)
      authTokens.set(authToken, uid)
      return from(addressOf(token), authToken)
    },
    makeUp: address => from(`198.51.100.${address}`, authTokenOf(`nobody-${randomBytes(4).toString('hex')}`)),
  }
}

/** An auth token in CometChat's form: the user, the time in seconds, and random hex. */
const authTokenOf = (uid: string) =>
  `${uid}_${Math.floor(Date.now() / 1_000)}${randomBytes(15).toString('hex')}`

/** The ingresses trust one proxy. */
const from = (address: string, authToken: string) => ({
  authorization: `Bearer ${authToken}`,
  'x-forwarded-for': address,
})

/** Each push token makes another address. */
const addressOf = (token: string) =>
  ['10', ...[-6, -4, -2].map(at => Number.parseInt(token.slice(at, at + 2 || undefined), 16))].join('.')
