import type { Environment } from '@ringer/store'
import { createProviderToken } from './provider-token.ts'
import type { ApnsIdentity } from './session/open-node-apn.ts'
import type { ApnsSettings } from './settings/apns-settings.ts'

/**
 * Creates the identity of an account in each of Apple's environments. It is the same one in both, unless the sandbox has a key of its
 * own. A provider token is shared by all connections of its key, because Apple refuses tokens that change too often.
 */
export function createIdentities(
  { auth, sandboxKey }: Pick<ApnsSettings, 'auth' | 'sandboxKey'>,
  clock: () => number,
): Record<Environment, ApnsIdentity> {
  const identityOf = (from: typeof auth): ApnsIdentity =>
    from.kind === 'token' ? { kind: 'token', token: createProviderToken(from, clock) } : from
  const production = identityOf(auth)
  return { production, sandbox: sandboxKey ? identityOf(sandboxKey) : production }
}
