import type { ConfigGroup, Env } from '../config-group.ts'
import { integer, isLoopback, oneOf, secret, text, url } from '../fields.ts'
import { sharedKeySetFault } from './shared-key-sets.ts'

const key = {
  description:
    'at least 16 characters (`openssl rand -base64 32`). The previous one is accepted as well while you rotate',
}

const jwtSecret = {
  description:
    'for HS256, HS384 and HS512, at least 32 characters (`openssl rand -base64 32`). The previous one is accepted as well while you rotate',
}

const fields = {
  REGISTRATION_AUTH: oneOf('key', 'jwt', 'cometchat', 'none').meta({
    description:
      "`key`: your backend registers phones, with `REGISTRATION_KEY`. `jwt`: the app does, with your JWT, whose `sub` is the uid (`REGISTRATION_JWT_SECRET` or `REGISTRATION_JWKS_URL`). `cometchat`: the app does, with the user's CometChat auth token (needs `COMETCHAT_API_KEY`). `none`: anybody for any user, only with `HOST=127.0.0.1`. [Which to choose](guides/registration.md)",
    default: 'nobody may',
    example: 'key',
  }),
  REGISTRATION_KEY: secret(16).meta(key),
  REGISTRATION_KEY_PREVIOUS: secret(16).meta(key),
  // HS256 needs 256 bits (RFC 7518, 3.2): whoever sees one JWT can try secrets without asking anybody.
  REGISTRATION_JWT_SECRET: secret(32).meta(jwtSecret),
  REGISTRATION_JWT_SECRET_PREVIOUS: secret(32).meta(jwtSecret),
  REGISTRATION_JWKS_URL: url('https:', 'http:').meta({
    description: 'the key set that signs your JWTs, in place of the secret',
  }),
  REGISTRATION_JWT_ISSUER: text.meta({ description: 'the `iss` that a JWT must have' }),
  REGISTRATION_JWT_AUDIENCE: text.meta({
    description:
      "the `aud` that a JWT must have. Required with the key sets of Google (Firebase), Apple and Microsoft, which sign for everybody's projects",
  }),
  REGISTRATION_JWT_MAX_AGE_SECONDS: integer(60, 2_592_000).meta({
    description: 'how old a JWT may be, by its `iat`, whatever its `exp` says; 60 to 2592000',
    default: '86400',
  }),
  REGISTRATION_MOVE: oneOf('allowed', 'same-device').meta({
    description:
      '`same-device`: a token that belongs to another user moves only with [the `deviceId`](guides/registration.md#tokens-that-change-hands) under which that user registered it',
    default: 'allowed',
  }),
}

/** Who may register a phone. Without REGISTRATION_AUTH, nobody may. */
export const registrationGroup = {
  fields,
  check(env: Env, processEnv: Env = env) {
    const faults: Record<string, string> = {}
    const {
      REGISTRATION_AUTH: auth,
      REGISTRATION_JWT_SECRET: jwtSecret,
      REGISTRATION_JWKS_URL: jwksUrl,
    } = env
    if (auth === 'none' && !isLoopback(processEnv.HOST)) {
      faults.REGISTRATION_AUTH =
        'none lets anybody register a phone for any user, so it is only for an ingress that nobody else can reach: set HOST=127.0.0.1, or use key, jwt or cometchat'
    }
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
    const shared = auth === 'jwt' && !env.REGISTRATION_JWT_AUDIENCE && sharedKeySetFault(jwksUrl)
    if (shared) faults.REGISTRATION_JWT_AUDIENCE = shared
    for (const name of ['ISSUER', 'AUDIENCE', 'MAX_AGE_SECONDS'].map(word => `REGISTRATION_JWT_${word}`)) {
      if (env[name] && auth !== 'jwt') faults[name] = 'has no effect without REGISTRATION_AUTH=jwt'
    }
    if (jwtSecret && jwksUrl)
      faults.REGISTRATION_JWKS_URL = 'is set together with REGISTRATION_JWT_SECRET; keep one'
    for (const name of ['REGISTRATION_KEY', 'REGISTRATION_JWT_SECRET']) {
      if (env[`${name}_PREVIOUS`] && !env[name]) faults[`${name}_PREVIOUS`] = `has no effect without ${name}`
    }
    return faults
  },
  build(values) {
    const move = values.REGISTRATION_MOVE
    const {
      REGISTRATION_KEY: key = '',
      REGISTRATION_KEY_PREVIOUS: previousKey,
      REGISTRATION_JWT_SECRET: secret,
      REGISTRATION_JWT_SECRET_PREVIOUS: previousSecret,
      REGISTRATION_JWKS_URL: jwksUrl = '',
    } = values
    const claims = {
      issuer: values.REGISTRATION_JWT_ISSUER,
      audience: values.REGISTRATION_JWT_AUDIENCE,
      maxAgeSeconds: values.REGISTRATION_JWT_MAX_AGE_SECONDS,
    }
    switch (values.REGISTRATION_AUTH) {
      case 'key':
        return { kind: 'key' as const, key, previousKey, move }
      case 'jwt':
        return secret
          ? { kind: 'jwt' as const, secret, previousSecret, ...claims, move }
          : { kind: 'jwt' as const, jwksUrl, ...claims, move }
      case 'cometchat':
        return { kind: 'cometchat' as const, move }
      case 'none':
        return { kind: 'none' as const, move }
      default:
        return { kind: 'closed' as const, move }
    }
  },
} satisfies ConfigGroup<typeof fields, unknown>
