import { z } from 'zod'
import type { ConfigGroup, Env } from './config-group.ts'
import { oneOf, text, url } from './fields.ts'

const secret = z.string().min(16, 'must have at least 16 characters').optional()

const fields = {
  REGISTRATION_AUTH: oneOf('key', 'jwt', 'cometchat', 'none'),
  REGISTRATION_KEY: secret,
  REGISTRATION_JWT_SECRET: secret,
  REGISTRATION_JWKS_URL: url('https:', 'http:'),
  REGISTRATION_JWT_ISSUER: text,
  REGISTRATION_JWT_AUDIENCE: text,
}

/** Hosts whose key set signs tokens for many unrelated projects: only a token's audience tells which project it is for. */
const SHARED_KEY_SETS = new Set(['www.googleapis.com'])

/** Who may register a phone. Without REGISTRATION_AUTH, nobody may. */
export const registrationGroup = {
  fields,
  check(env: Env) {
    const faults: Record<string, string> = {}
    const {
      REGISTRATION_AUTH: auth,
      REGISTRATION_JWT_SECRET: jwtSecret,
      REGISTRATION_JWKS_URL: jwksUrl,
    } = env
    if (auth === 'key' && !env.REGISTRATION_KEY)
      faults.REGISTRATION_KEY = 'is required with REGISTRATION_AUTH=key'
    if (auth === 'jwt' && !jwtSecret && !jwksUrl) {
      faults.REGISTRATION_JWT_SECRET = 'is required with REGISTRATION_AUTH=jwt (or REGISTRATION_JWKS_URL)'
    }
    if (auth === 'cometchat') {
      const address = env.COMETCHAT_API_URL ? [] : ['COMETCHAT_APP_ID', 'COMETCHAT_REGION']
      for (const name of ['COMETCHAT_API_KEY', ...address]) {
        if (!env[name])
          faults[name] = 'is required with REGISTRATION_AUTH=cometchat, to look up the user of an auth token'
      }
    }
    if (auth === 'jwt' && isShared(jwksUrl) && !env.REGISTRATION_JWT_AUDIENCE) {
      faults.REGISTRATION_JWT_AUDIENCE =
        "is required with this key set, because it signs tokens for all of Google's projects: set it to your project's id"
    }
    for (const name of ['REGISTRATION_JWT_ISSUER', 'REGISTRATION_JWT_AUDIENCE']) {
      if (env[name] && auth !== 'jwt') faults[name] = 'has no effect without REGISTRATION_AUTH=jwt'
    }
    if (jwtSecret && jwksUrl)
      faults.REGISTRATION_JWKS_URL = 'is set together with REGISTRATION_JWT_SECRET; keep one'
    return faults
  },
  build(values) {
    const {
      REGISTRATION_KEY: key = '',
      REGISTRATION_JWT_SECRET: secret,
      REGISTRATION_JWKS_URL: jwksUrl = '',
      REGISTRATION_JWT_ISSUER: issuer,
      REGISTRATION_JWT_AUDIENCE: audience,
    } = values
    const claims = { issuer, audience }
    switch (values.REGISTRATION_AUTH) {
      case 'key':
        return { kind: 'key' as const, key }
      case 'jwt':
        return secret
          ? { kind: 'jwt' as const, secret, ...claims }
          : { kind: 'jwt' as const, jwksUrl, ...claims }
      case 'cometchat':
        return { kind: 'cometchat' as const }
      case 'none':
        return { kind: 'none' as const }
      default:
        return { kind: 'closed' as const }
    }
  },
} satisfies ConfigGroup<typeof fields, unknown>

function isShared(jwksUrl: string | undefined): boolean {
  return jwksUrl !== undefined && URL.canParse(jwksUrl) && SHARED_KEY_SETS.has(new URL(jwksUrl).hostname)
}
