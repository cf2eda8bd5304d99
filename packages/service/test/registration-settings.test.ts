import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  ConfigError,
  type Env,
  loadConfig,
  loadTenantConfigs,
  processGroup,
  registrationGroup,
  webhookGroup,
} from '@ringer/service'
import { describe, expect, it } from 'vitest'

const own = { process: processGroup({ port: 3000, adminPort: 3001 }) }
const each = { webhook: webhookGroup, registration: registrationGroup }
const login = { COMETCHAT_WEBHOOK_USERNAME: 'cometchat', COMETCHAT_WEBHOOK_PASSWORD: 'Kettle42Harbour' }
const secret = 'orchard-lantern-copper-and-silver'

const load = (env: Env) => loadConfig({ ...login, ...env }, { ...own, ...each }, { fields: {} }).registration

function faultsOf(read: () => unknown): string[] {
  try {
    read()
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

const faultsWith = (env: Env) => faultsOf(() => load(env))

describe('a secret that can be guessed', () => {
  const names = [
    'REGISTRATION_KEY',
    'REGISTRATION_KEY_PREVIOUS',
    'REGISTRATION_JWT_SECRET',
    'REGISTRATION_JWT_SECRET_PREVIOUS',
    'COMETCHAT_WEBHOOK_SECRET',
    'COMETCHAT_WEBHOOK_SECRET_PREVIOUS',
    'COMETCHAT_WEBHOOK_PASSWORD',
    'COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS',
  ]
  /** The settings without which a setting has no effect. */
  const needed: Env = {
    REGISTRATION_KEY: secret,
    REGISTRATION_JWT_SECRET: secret,
    COMETCHAT_WEBHOOK_SECRET: secret,
  }

  it.each(names)('is refused at the start, with the command that makes a good one: %s', name => {
    for (const guess of [
      'q8Zr',
      'changeme'.repeat(5),
      'a1'.repeat(20),
      'abcdefghijklmnopqrstuvwxyz0123456789',
    ]) {
      const faults = faultsWith({ ...needed, [name]: guess })
      expect(faults).toHaveLength(1)
      expect(faults[0]).toMatch(new RegExp(`^${name}: .*; make one with: openssl rand -(base64 32|hex 24)$`))
      expect(faults[0]).not.toContain(guess)
    }
  })

  it.each([
    ['registration-key-secret-change-me', /obvious words/],
    ['your-jwt-secret-here-please-replace', /obvious words/],
    ['PASSWORD-password-Password-12345678', /obvious words/],
    ['at-least-16-characters', /obvious words/],
    ['letters4ndDigitsOnly', /obvious words/],
    ['<openssl rand -base64 32>', /obvious words/],
    ['abcabcabcabcabcabcabc', /repeats/],
    ['kettle-42kettle-42', /repeats/],
    ['123456789012345678', /follow each other/],
    ['too-short-to-be', /at least 16/],
  ])('is refused with the reason: %s', (guess, reason) => {
    expect(faultsWith({ REGISTRATION_KEY: guess })).toEqual([expect.stringMatching(reason)])
  })

  it.each(['docker-compose.yml', '.vscode/launch.json'])('is not in the local stack: %s', path => {
    const text = readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
    const pairs = text.matchAll(/"?((?:REGISTRATION|COMETCHAT_WEBHOOK)_\w+)"?: "?([\w-]+)/g)
    const env = Object.fromEntries(Array.from(pairs, ([, name, value]) => [name, value]))
    expect(Object.keys(env)).toEqual(
      expect.arrayContaining(['COMETCHAT_WEBHOOK_PASSWORD', 'REGISTRATION_KEY']),
    )
    expect(faultsWith(env)).toEqual([])
  })

  it('is never one that the commands make', () => {
    for (let count = 0; count < 500; count += 1) {
      const env = {
        COMETCHAT_WEBHOOK_PASSWORD: randomBytes(24).toString('hex'),
        COMETCHAT_WEBHOOK_SECRET: randomBytes(16).toString('hex'),
        REGISTRATION_KEY: randomBytes(32).toString('base64'),
      }
      expect(faultsWith(env)).toEqual([])
    }
  })
})

describe('a previous key or secret', () => {
  it('is accepted beside the current one', () => {
    const previous = 'orchard-lantern-copper-and-bronze'
    expect(
      load({ REGISTRATION_AUTH: 'key', REGISTRATION_KEY: secret, REGISTRATION_KEY_PREVIOUS: previous }),
    ).toEqual({ kind: 'key', key: secret, previousKey: previous })
    const jwt = { REGISTRATION_AUTH: 'jwt', REGISTRATION_JWT_SECRET: secret }
    expect(load({ ...jwt, REGISTRATION_JWT_SECRET_PREVIOUS: previous })).toEqual({
      kind: 'jwt',
      secret,
      previousSecret: previous,
    })
  })

  it.each(['REGISTRATION_KEY', 'REGISTRATION_JWT_SECRET'])('is refused without the current one: %s', name => {
    expect(faultsWith({ [`${name}_PREVIOUS`]: secret })).toEqual([
      `${name}_PREVIOUS: has no effect without ${name}`,
    ])
  })
})

describe('a key set that signs for many projects', () => {
  it.each([
    'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
    'https://www.googleapis.com./oauth2/v3/certs',
    'https://mirror.example.com/v1/jwk/securetoken%40system.gserviceaccount.com',
    'https://firebaseappcheck.googleapis.com/v1/jwks',
    'https://appleid.apple.com/auth/keys',
    'https://login.microsoftonline.com/common/discovery/v2.0/keys',
    'https://login.microsoftonline.com/2f3c6a1e-7b1d-4a7e-9d1c-5a0e5a3b7c11/discovery/v2.0/keys',
    'https://LOGIN.Windows.net/common/discovery/keys',
  ])('is refused at the start without an audience: %s', address => {
    const env = { REGISTRATION_AUTH: 'jwt', REGISTRATION_JWKS_URL: address }
    expect(faultsWith(env)).toEqual([
      expect.stringMatching(
        /^REGISTRATION_JWT_AUDIENCE: is required with this key set, .*'s projects: set it to/,
      ),
    ])
    expect(load({ ...env, REGISTRATION_JWT_AUDIENCE: 'ours' })).toMatchObject({ audience: 'ours' })
  })

  it('is not one that belongs to a single project', () => {
    for (const host of ['chess.eu.auth0.com', 'apple.com.example.com', 'notgoogleapis.com']) {
      expect(faultsWith({ REGISTRATION_AUTH: 'jwt', REGISTRATION_JWKS_URL: `https://${host}/jwks` })).toEqual(
        [],
      )
    }
  })
})

describe('the greatest age of a JWT', () => {
  const jwt = { REGISTRATION_AUTH: 'jwt', REGISTRATION_JWT_SECRET: secret }

  it('may be a minute to 30 days', () => {
    expect(load({ ...jwt, REGISTRATION_JWT_MAX_AGE_SECONDS: '3600' })).toMatchObject({ maxAgeSeconds: 3_600 })
    for (const seconds of ['0', '59', '2592001', 'never']) {
      expect(faultsWith({ ...jwt, REGISTRATION_JWT_MAX_AGE_SECONDS: seconds })).toEqual([
        'REGISTRATION_JWT_MAX_AGE_SECONDS: must be a whole number from 60 to 2592000',
      ])
    }
  })

  it('has no effect without JWTs', () => {
    expect(faultsWith({ REGISTRATION_JWT_MAX_AGE_SECONDS: '3600' })).toEqual([
      expect.stringMatching(/^REGISTRATION_JWT_MAX_AGE_SECONDS: has no effect/),
    ])
  })
})

describe('REGISTRATION_AUTH=none', () => {
  const none = { REGISTRATION_AUTH: 'none' }

  it.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('is accepted on loopback: HOST=%s', host => {
    expect(load({ ...none, HOST: host })).toEqual({ kind: 'none' })
  })

  it.each([undefined, '0.0.0.0', '::', '10.0.0.7', 'ringer.example.com', '127.0.0.1.example.com'])(
    'is refused where others can reach the ingress: HOST=%s',
    host => {
      expect(faultsWith({ ...none, HOST: host })).toEqual([
        expect.stringMatching(/^REGISTRATION_AUTH: none lets anybody .*HOST=127\.0\.0\.1/),
      ])
    },
  )

  it('is refused for one of several apps too, by the address of the process', () => {
    const apps = JSON.stringify({ chess: { ...login, ...none } })
    const read = (env: Env) => loadTenantConfigs({ RINGER_APPS: apps, ...env }, own, each, { fields: {} })
    expect(faultsOf(() => read({ HOST: '0.0.0.0' }))).toEqual([
      expect.stringMatching(/^RINGER_APPS: chess: REGISTRATION_AUTH: none lets anybody/),
    ])
    expect(faultsOf(() => read({ HOST: '127.0.0.1' }))).toEqual([])
  })
})

describe('REGISTRATION_MOVE', () => {
  it('is allowed or same-device', () => {
    const key = { REGISTRATION_AUTH: 'key', REGISTRATION_KEY: secret }
    expect(load({ ...key, REGISTRATION_MOVE: 'same-device' })).toMatchObject({ move: 'same-device' })
    expect(faultsWith({ ...key, REGISTRATION_MOVE: 'never' })).toEqual([
      'REGISTRATION_MOVE: must be one of allowed, same-device',
    ])
  })
})
