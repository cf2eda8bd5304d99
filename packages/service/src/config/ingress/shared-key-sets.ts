/**
 * Hosts whose key sets sign tokens for many unrelated projects: only a token's audience tells which project it is for.
 *
 * - Google: Firebase Authentication, Google accounts and App Check
 *   (https://firebase.google.com/docs/auth/admin/verify-id-tokens, https://accounts.google.com/.well-known/openid-configuration)
 * - Apple: https://appleid.apple.com/auth/keys
 * - Microsoft: also the address of a single tenant, because all tenants share the keys
 *   (https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens)
 */
const SHARED: readonly { whose: string; hosts: readonly string[]; audience: string }[] = [
  {
    whose: 'Google',
    hosts: ['googleapis.com', 'google.com'],
    audience: 'the id of your Firebase project or OAuth client',
  },
  { whose: 'Apple', hosts: ['apple.com'], audience: 'the bundle id or Services id of your app' },
  {
    whose: 'Microsoft',
    hosts: [
      'microsoftonline.com',
      'microsoftonline.us',
      'partner.microsoftonline.cn',
      'login.windows.net',
      'sts.windows.net',
      'login.microsoft.com',
      'login.live.com',
    ],
    audience: 'the client id of your app',
  },
]

/** The name of the account that signs Firebase's tokens, also in the address of a mirror of its key set. */
const FIREBASE = /securetoken(@|%40)system\.gserviceaccount\.com/i

/** Says why an audience is required with this key set, or returns undefined if the key set belongs to one project. */
export function sharedKeySetFault(jwksUrl: string | undefined): string | undefined {
  if (jwksUrl === undefined || !URL.canParse(jwksUrl)) return undefined
  const host = new URL(jwksUrl).hostname.replace(/\.$/, '')
  const isFirebase = FIREBASE.test(jwksUrl)
  const shared = isFirebase
    ? SHARED[0]
    : SHARED.find(({ hosts }) => hosts.some(name => host === name || host.endsWith(`.${name}`)))
  if (!shared) return undefined
  return `is required with this key set, because it signs tokens for all of ${shared.whose}'s projects: set it to ${shared.audience}, which is the claim aud of its tokens`
}
