import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { providerSettings, providers } from '@ringer/providers'
import {
  ConfigError,
  cometchatGroup,
  type Env,
  loadConfig,
  processGroup,
  proxyGroup,
  redisGroup,
  registrationGroup,
  retentionGroup,
  stateGroup,
  webhookGroup,
  workerGroup,
} from '@ringer/service'
import { describe, expect, it, onTestFinished } from 'vitest'
import { apns } from '../../providers/src/apns/apns.ts'
import { fcm } from '../../providers/src/fcm/fcm.ts'

const groups = {
  process: processGroup({ port: 3000, adminPort: 3001 }),
  redis: redisGroup,
  retention: retentionGroup,
  state: stateGroup,
  cometchat: cometchatGroup,
  webhook: webhookGroup,
  registration: registrationGroup,
  worker: workerGroup(['calls', 'pushes-apns', 'pushes-fcm']),
  proxyUrl: proxyGroup,
  apns: apns.settings,
  fcm: fcm.settings,
}

const known = providerSettings(providers)

/** The smallest configuration that a process accepts. */
const smallest = {
  REDIS_URL: 'redis://localhost:6379',
  COMETCHAT_WEBHOOK_USERNAME: 'cometchat',
  COMETCHAT_WEBHOOK_PASSWORD: 'Kettle42Harbour',
}

const load = (env: Env) => loadConfig({ ...smallest, ...env }, groups, known)

/** The faults of an environment, by the name of the variable. */
function faultsOf(env: Env): Record<string, string> {
  try {
    loadConfig(env, groups, known)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const fault of error.faults) expect(error.message).toContain(fault)
    return Object.fromEntries(error.faults.map(fault => fault.split(/: (.*)/s, 2)))
  }
  return {}
}
const faultsWith = (env: Env) => faultsOf({ ...smallest, ...env })

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringer-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'value')
  writeFileSync(path, text)
  return path
}

describe('the configuration', () => {
  it('has the documented defaults', () => {
    expect(load({})).toEqual({
      process: {
        host: '0.0.0.0',
        maxConnections: 10_000,
        trustProxy: undefined,
        port: 3000,
        adminHost: '127.0.0.1',
        adminPort: 3001,
        adminAllowedHosts: [],
        logLevel: 'info',
        logUids: true,
      },
      redis: { target: { kind: 'single', url: 'redis://localhost:6379' }, prefix: '{ringer}' },
      retention: { callRecordMs: 86_400_000 },
      cometchat: { appId: undefined, api: undefined },
      webhook: {
        credentials: { logins: [{ username: 'cometchat', password: 'Kettle42Harbour' }], secrets: [] },
        ringMs: 30_000,
        ringMeetings: false,
        pushContent: 'full',
      },
      registration: { kind: 'closed' },
      worker: { queues: ['calls', 'pushes-apns', 'pushes-fcm'], alertsPerMinute: 300_000 },
      apns: undefined,
      fcm: undefined,
    })
  })

  it('treats an empty or blank variable as absent, and trims the others', () => {
    const blank = {
      PORT: '',
      LOG_LEVEL: ' ',
      COMETCHAT_WEBHOOK_SECRET: ' \n',
      APNS_KEY_ID: '',
      RINGER_PREFIX: '',
    }
    expect(load(blank)).toEqual(load({}))
    expect(
      load({ COMETCHAT_WEBHOOK_SECRET: ' orchard-lantern-copper\n' }).webhook.credentials.secrets,
    ).toEqual(['orchard-lantern-copper'])
  })

  it('reports every fault at once, by the name of the variable', () => {
    expect(
      Object.keys(
        faultsOf({
          PORT: '70000',
          LOG_LEVEL: 'loud',
          REGISTRATION_AUTH: 'key',
          APNS_KEY_ID: 'x',
          FCM_URL: 'x',
          RINGER_PREFX: 'x',
        }),
      ),
    ).toEqual([
      'APNS_BUNDLE_ID',
      'APNS_KEY_ID',
      'APNS_KEY_PATH',
      'APNS_TEAM_ID',
      'COMETCHAT_WEBHOOK_USERNAME',
      'FCM_URL',
      'LOG_LEVEL',
      'PORT',
      'REDIS_URL',
      'REGISTRATION_KEY',
      'RINGER_PREFX',
    ])
  })
})

describe('a single variable', () => {
  it.each<[string, string, RegExp]>([
    ['PORT', 'http', /whole number from 0 to 65535/],
    ['PORT', '65536', /0 to 65535/],
    ['PORT', '-1', /0 to 65535/],
    ['PORT', '3000.5', /0 to 65535/],
    ['ADMIN_PORT', '1e3', /0 to 65535/],
    ['LOG_LEVEL', 'loud', /one of trace, debug, info/],
    ['RINGER_RING_SECONDS', '4', /5 to 120/],
    ['RINGER_RING_SECONDS', '121', /5 to 120/],
    ['RINGER_PUSH_CONTENT', 'none', /one of full, ids/],
    ['RINGER_CALL_RECORD_HOURS', '0', /1 to 720/],
    ['RINGER_CALL_RECORD_HOURS', '721', /1 to 720/],
    ['MAX_CONNECTIONS', '5', /from 10 to 1000000/],
    ['TRUST_PROXY', 'true', /the number of proxies .* or a list of their networks/],
    ['TRUST_PROXY', '0', /the number of proxies/],
    ['TRUST_PROXY', '11', /the number of proxies/],
    ['TRUST_PROXY', '10.0.0.0/33', /the number of proxies/],
    ['TRUST_PROXY', '10.0.0.0/8, proxy', /the number of proxies/],
    ['COMETCHAT_REQUESTS_PER_MINUTE', '1', /from 10 to 100000/],
    ['ADMIN_ALLOWED_HOSTS', 'worker:3002', /host names without ports/],
    ['RINGER_PREFIX', 'ringer', /hash tag such as \{ringer\}/],
    ['RINGER_PREFIX', '{}', /hash tag/],
    ['COMETCHAT_WEBHOOK_USERNAME', 'comet-chat', /letters and digits only/],
    ['COMETCHAT_WEBHOOK_USERNAME', 'u'.repeat(51), /at most 50/],
    ['COMETCHAT_WEBHOOK_PASSWORD', 'p'.repeat(101), /at most 100/],
    ['COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS', 'pass word', /letters and digits only/],
    ['REDIS_URL', 'localhost:6379', /beginning with redis:\/\/ or rediss:\/\//],
    ['REDIS_URL', 'redis:localhost', /beginning with redis:\/\//],
    ['REDIS_URL', 'redis://', /beginning with redis:\/\//],
    ['REDIS_URL', 'http://localhost', /beginning with redis:\/\//],
    ['REGISTRATION_AUTH', 'yes', /one of key, jwt, cometchat, none/],
    ['WORKER_QUEUES', 'calls,pushes', /some of calls, pushes-apns, pushes-fcm/],
    ['APNS_ENVIRONMENT', 'development', /production, sandbox/],
    ['APNS_PRODUCTION_URL', 'http://localhost', /https:\/\//],
    ['FCM_CALL_TYPE', 'ring', /incoming_call, call/],
    ['FCM_STOP_ACTION', 'stop', /exact, cancelled/],
    ['FCM_ANALYTICS_LABEL', 'my label', /letters, digits/],
    ['FCM_DIRECT_BOOT', 'yes', /true, false/],
    ['RINGER_ALERTS_PER_MINUTE', '0', /from 1 to/],
    ['RINGER_PROXY_URL', '10.0.0.1:3128/ringer', /like http:\/\/proxy/],
    ['RINGER_PROXY_URL', 'socks5://proxy.example.com', /an HTTP proxy/],
    ['RINGER_PROXY_URL', 'http://proxy.example.com/path', /an HTTP proxy/],
    ['COMETCHAT_REGION', 'EU', /lower-case letters, such as us, eu or in/],
    ['COMETCHAT_REGION', 'eu.example.com', /lower-case letters/],
    ['COMETCHAT_API_URL', 'api.example.com/v3', /beginning with https:/],
  ])('is refused with the fix: %s=%s', (name, value, fix) => {
    const faults = faultsWith({ [name]: value })
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
    if (value.length > 12) expect(faults[name]).not.toContain(value)
  })

  it.each<[Env, object]>([
    [
      {
        PORT: '0',
        ADMIN_PORT: '65535',
        HOST: '::',
        ADMIN_HOST: 'ringer.internal',
        ADMIN_ALLOWED_HOSTS: 'worker, 10.0.0.1',
        LOG_LEVEL: 'debug',
      },
      {
        process: {
          host: '::',
          port: 0,
          adminHost: 'ringer.internal',
          adminPort: 65_535,
          adminAllowedHosts: ['ringer.internal', 'worker', '10.0.0.1'],
          logLevel: 'debug',
        },
      },
    ],
    [
      { RINGER_RING_SECONDS: '5', RINGER_PREFIX: 'eu:{calls}:1' },
      { webhook: { ringMs: 5_000 }, redis: { prefix: 'eu:{calls}:1' } },
    ],
    [{ MAX_CONNECTIONS: '500', TRUST_PROXY: '2' }, { process: { maxConnections: 500, trustProxy: 2 } }],
    [{ TRUST_PROXY: '10.0.0.0/8, fd00::/8, ::1' }, { process: { trustProxy: '10.0.0.0/8, fd00::/8, ::1' } }],
    [{ RINGER_PUSH_CONTENT: 'ids' }, { webhook: { pushContent: 'ids' } }],
    [{ RINGER_ALERTS_PER_MINUTE: '90' }, { worker: { alertsPerMinute: 90 } }],
    [{ RINGER_PROXY_URL: 'http://u:p@10.0.0.1:3128' }, { proxyUrl: 'http://u:p@10.0.0.1:3128' }],
    [{ RINGER_CALL_RECORD_HOURS: '2' }, { retention: { callRecordMs: 7_200_000 } }],
    [{ WORKER_QUEUES: 'pushes-fcm, calls' }, { worker: { queues: ['pushes-fcm', 'calls'] } }],
  ])('is read: %j', (env, config) => {
    expect(load(env)).toMatchObject(config)
  })
})

describe('plain http', () => {
  it.each(['FCM_URL', 'FCM_TOKEN_URL', 'REGISTRATION_JWKS_URL', 'COMETCHAT_API_URL'])(
    'is accepted for loopback only: %s',
    name => {
      for (const host of ['localhost', '127.0.0.1:4443', '127.0.0.53', '[::1]:80']) {
        expect(faultsWith({ [name]: `http://${host}/x` })).toEqual({})
      }
      for (const host of [
        'fcm.example.com',
        '10.0.0.1',
        'localhost.example.com',
        '127.0.0.1.example.com',
        '[::2]',
      ]) {
        expect(faultsWith({ [name]: `http://${host}/x` })[name]).toMatch(/must be https/)
        expect(faultsWith({ [name]: `https://${host}/x` })).toEqual({})
      }
    },
  )
})

describe('Redis', () => {
  const nodes = 'redis-1:6379,redis-2:6380'
  const address = [
    { host: 'redis-1', port: 6379 },
    { host: 'redis-2', port: 6380 },
  ]

  it('may be a single server, a Cluster or Sentinels', () => {
    const login = { REDIS_USERNAME: 'ringer', REDIS_PASSWORD: 'swordfish' }
    const given = { username: 'ringer', password: 'swordfish' }
    expect(load({ REDIS_URL: 'rediss://r:6380/2' }).redis.target).toEqual({
      kind: 'single',
      url: 'rediss://r:6380/2',
      tls: {},
    })
    expect(load({ REDIS_URL: '', REDIS_CLUSTER_NODES: nodes, ...login }).redis.target).toEqual({
      kind: 'cluster',
      nodes: address,
      credentials: given,
    })
    expect(
      load({ REDIS_URL: '', REDIS_SENTINELS: nodes, REDIS_SENTINEL_NAME: 'mymaster' }).redis.target,
    ).toEqual({
      kind: 'sentinel',
      sentinels: address,
      name: 'mymaster',
      credentials: { username: undefined, password: undefined },
      watchers: { credentials: { username: undefined, password: undefined }, tls: undefined },
    })
  })

  it('may have its password in a separate variable, even if it is a single server', () => {
    const { target } = load({
      REDIS_URL: 'redis://r:6379/2',
      REDIS_PASSWORD_FILE: file('sword/fish@1%\n'),
    }).redis
    expect(target).toEqual({ kind: 'single', url: 'redis://:sword%2Ffish%401%25@r:6379/2' })
  })

  it.each<[Env, string, RegExp]>([
    [{ REDIS_URL: '' }, 'REDIS_URL', /required \(or REDIS_CLUSTER_NODES, or REDIS_SENTINELS\)/],
    [{ REDIS_CLUSTER_NODES: nodes }, 'REDIS_CLUSTER_NODES', /set together with REDIS_URL; keep one/],
    [{ REDIS_URL: '', REDIS_SENTINELS: nodes }, 'REDIS_SENTINEL_NAME', /required with REDIS_SENTINELS/],
    [{ REDIS_URL: '', REDIS_CLUSTER_NODES: 'redis-1' }, 'REDIS_CLUSTER_NODES', /host-1:6379,host-2:6379/],
    [{ REDIS_URL: '', REDIS_CLUSTER_NODES: 'redis-1:70000' }, 'REDIS_CLUSTER_NODES', /ports up to 65535/],
    [
      { REDIS_URL: 'redis://:a@r', REDIS_PASSWORD: 'swordfish' },
      'REDIS_PASSWORD',
      /REDIS_URL contains a password; keep one/,
    ],
    [
      { REDIS_URL: 'redis://a@r', REDIS_USERNAME: 'swordfish' },
      'REDIS_USERNAME',
      /REDIS_URL contains a user name; keep one/,
    ],
  ])('is refused with the fix: %j', (env, name, fix) => {
    const faults = faultsWith(env)
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
    expect(faults[name]).not.toContain('swordfish')
  })
})

describe("CometChat's API", () => {
  const tenant = { COMETCHAT_APP_ID: '2487f0c1', COMETCHAT_REGION: 'eu' }
  const key = { COMETCHAT_API_KEY: 'f1915e328e249ffaaafd97fb46a57ba55d233fbf' }
  const apiKey = key.COMETCHAT_API_KEY
  const usual = {
    url: 'https://2487f0c1.api-eu.cometchat.io/v3',
    fallbackUrls: ['https://2487f0c1.api-eu.cc-cluster-2.io/v3', 'https://2487f0c1.api-eu.cc-edge-2.io/v3'],
  }

  it.each<[Env, object]>([
    [tenant, { appId: '2487f0c1', api: undefined }],
    [
      { ...tenant, ...key },
      { appId: '2487f0c1', api: { ...usual, apiKey } },
    ],
    [
      { ...tenant, ...key, COMETCHAT_API_URL: 'http://127.0.0.1:4443/2487f0c1/v3' },
      { appId: '2487f0c1', api: { url: 'http://127.0.0.1:4443/2487f0c1/v3', fallbackUrls: [], apiKey } },
    ],
    [
      { ...key, COMETCHAT_API_URL: 'https://cometchat.example.com/v3/' },
      { appId: undefined, api: { url: 'https://cometchat.example.com/v3/', fallbackUrls: [], apiKey } },
    ],
    [
      { ...tenant, ...key, COMETCHAT_REQUESTS_PER_MINUTE: '600' },
      {
        appId: '2487f0c1',
        api: { ...usual, apiKey, requestsPerMinute: 600 },
      },
    ],
    [{ COMETCHAT_API_URL: 'https://cometchat.example.com/v3' }, { appId: undefined, api: undefined }],
  ])('is found by its address, or by the app and its region: %j', (env, config) => {
    expect(load(env).cometchat).toEqual(config)
  })

  it('may have its key in a file', () => {
    expect(load({ ...tenant, COMETCHAT_API_KEY_FILE: file(`${apiKey}\n`) }).cometchat.api).toMatchObject({
      apiKey,
    })
  })

  it.each<[Env, string[], RegExp]>([
    [key, ['COMETCHAT_APP_ID', 'COMETCHAT_REGION'], /required with COMETCHAT_API_KEY/],
    [{ ...key, COMETCHAT_REGION: 'eu' }, ['COMETCHAT_APP_ID'], /COMETCHAT_APP_ID and COMETCHAT_REGION/],
    [{ ...key, COMETCHAT_APP_ID: '2487f0c1' }, ['COMETCHAT_REGION'], /COMETCHAT_APP_ID and COMETCHAT_REGION/],
    [{ ...key, ...tenant, COMETCHAT_APP_ID: 'evil.example/#' }, ['COMETCHAT_APP_ID'], /letters and digits/],
    [{ ...tenant, COMETCHAT_API_KEY: 'sword fish' }, ['COMETCHAT_API_KEY'], /one word/],
  ])('is refused with the fix: %j', (env, names, fix) => {
    const faults = faultsWith(env)
    expect(Object.keys(faults)).toEqual(names)
    for (const name of names) expect(faults[name]).toMatch(fix)
    expect(Object.values(faults).join()).not.toMatch(/fish|f1915e/)
  })

  it('allows any app id if its address is not made of the id', () => {
    const env = { COMETCHAT_APP_ID: 'my app', ...key, COMETCHAT_API_URL: 'https://cometchat.example.com/v3' }
    expect(load(env).cometchat.appId).toBe('my app')
  })
})

describe('webhook credentials', () => {
  const none = { COMETCHAT_WEBHOOK_USERNAME: '', COMETCHAT_WEBHOOK_PASSWORD: '' }

  it('are a login, a secret or both, each with a previous one', () => {
    expect(load({ ...none, COMETCHAT_WEBHOOK_SECRET: 'orchard-lantern-copper' }).webhook.credentials).toEqual(
      {
        logins: [],
        secrets: ['orchard-lantern-copper'],
      },
    )
    const rotation = {
      COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS: 'Kettle41Harbour',
      COMETCHAT_WEBHOOK_SECRET: 'orchard-lantern-copper',
      COMETCHAT_WEBHOOK_SECRET_PREVIOUS: 'orchard-lantern-silver',
    }
    const { logins, secrets } = load(rotation).webhook.credentials
    expect(logins.map(({ username, password }) => `${username}:${password}`)).toEqual([
      'cometchat:Kettle42Harbour',
      'cometchat:Kettle41Harbour',
    ])
    expect(secrets).toEqual(['orchard-lantern-copper', 'orchard-lantern-silver'])
    expect(
      load({ ...rotation, COMETCHAT_WEBHOOK_USERNAME_PREVIOUS: 'old' }).webhook.credentials.logins[1],
    ).toEqual({ username: 'old', password: 'Kettle41Harbour' })
  })

  it.each<[Env, string, RegExp]>([
    [none, 'COMETCHAT_WEBHOOK_USERNAME', /is required.*or COMETCHAT_WEBHOOK_SECRET/],
    [{ COMETCHAT_WEBHOOK_PASSWORD: '' }, 'COMETCHAT_WEBHOOK_PASSWORD', /required with/],
    [{ COMETCHAT_WEBHOOK_USERNAME: '' }, 'COMETCHAT_WEBHOOK_USERNAME', /required with/],
    [{ COMETCHAT_WEBHOOK_USERNAME_PREVIOUS: 'old' }, 'COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS', /required with/],
    [
      { COMETCHAT_WEBHOOK_SECRET_PREVIOUS: 'orchard-lantern-silver' },
      'COMETCHAT_WEBHOOK_SECRET_PREVIOUS',
      /no effect without/,
    ],
    [
      {
        ...none,
        COMETCHAT_WEBHOOK_SECRET: 'orchard-lantern-copper',
        COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS: 'Kettle41Harbour',
      },
      'COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS',
      /no effect without/,
    ],
  ])('are refused if they are incomplete: %j', (env, name, fix) => {
    const faults = faultsWith(env)
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
  })
})

describe('registration', () => {
  const secret = 'orchard-lantern-copper-and-silver'

  it.each<[Env, object]>([
    [
      { REGISTRATION_AUTH: 'key', REGISTRATION_KEY: secret },
      { kind: 'key', key: secret },
    ],
    [
      { REGISTRATION_AUTH: 'jwt', REGISTRATION_JWT_SECRET: secret },
      { kind: 'jwt', secret },
    ],
    [
      { REGISTRATION_AUTH: 'jwt', REGISTRATION_JWKS_URL: 'https://id.example.com/k' },
      { kind: 'jwt', jwksUrl: 'https://id.example.com/k' },
    ],
    [
      {
        REGISTRATION_AUTH: 'cometchat',
        COMETCHAT_API_KEY: 'key',
        COMETCHAT_API_URL: 'https://c.example.com',
      },
      { kind: 'cometchat' },
    ],
    [
      {
        ...{ REGISTRATION_AUTH: 'cometchat', COMETCHAT_API_KEY: 'key' },
        ...{ COMETCHAT_APP_ID: 'chess', COMETCHAT_REGION: 'eu' },
      },
      { kind: 'cometchat' },
    ],
    [{ REGISTRATION_AUTH: 'none', HOST: '127.0.0.1' }, { kind: 'none' }],
    [{ REGISTRATION_KEY: secret }, { kind: 'closed' }],
  ])('is read: %j', (env, config) => {
    expect(load(env).registration).toEqual(config)
  })

  it.each<[Env, string, RegExp]>([
    [{ REGISTRATION_AUTH: 'key' }, 'REGISTRATION_KEY', /required with REGISTRATION_AUTH=key/],
    [{ REGISTRATION_AUTH: 'key', REGISTRATION_KEY: 'swordfish' }, 'REGISTRATION_KEY', /at least 16/],
    [{ REGISTRATION_AUTH: 'jwt' }, 'REGISTRATION_JWT_SECRET', /or REGISTRATION_JWKS_URL/],
    [
      { REGISTRATION_AUTH: 'cometchat', COMETCHAT_APP_ID: 'chess', COMETCHAT_REGION: 'eu' },
      'COMETCHAT_API_KEY',
      /required with REGISTRATION_AUTH=cometchat/,
    ],
    [
      { REGISTRATION_AUTH: 'cometchat', COMETCHAT_API_KEY: 'key', COMETCHAT_REGION: 'eu' },
      'COMETCHAT_APP_ID',
      /is required with/,
    ],
    [
      { REGISTRATION_AUTH: 'cometchat', COMETCHAT_API_URL: 'https://c.example.com' },
      'COMETCHAT_API_KEY',
      /required with REGISTRATION_AUTH=cometchat/,
    ],
    [
      { REGISTRATION_AUTH: 'jwt', REGISTRATION_JWT_SECRET: 'swordfish' },
      'REGISTRATION_JWT_SECRET',
      /at least 32/,
    ],
    [
      { REGISTRATION_AUTH: 'jwt', REGISTRATION_JWT_SECRET: secret, REGISTRATION_JWKS_URL: 'https://k' },
      'REGISTRATION_JWKS_URL',
      /keep one/,
    ],
  ])('is refused with the fix: %j', (env, name, fix) => {
    const faults = faultsWith(env)
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
    expect(faults[name]).not.toContain('swordfish')
  })
})

describe('NAME_FILE', () => {
  it('names a file that contains the value', () => {
    const env = { COMETCHAT_WEBHOOK_PASSWORD: '', COMETCHAT_WEBHOOK_PASSWORD_FILE: file('Kettle43Harbour\n') }
    expect(load(env).webhook.credentials.logins).toEqual([
      { username: 'cometchat', password: 'Kettle43Harbour' },
    ])
  })

  // With an empty secret, anybody could sign.
  it.each(['', ' \n'])('must not name an empty file: %j', text => {
    const faults = faultsWith({ COMETCHAT_WEBHOOK_SECRET_FILE: file(text) })
    expect(faults).toEqual({ COMETCHAT_WEBHOOK_SECRET_FILE: 'names a file that is empty' })
  })

  it('is refused together with NAME', () => {
    const faults = faultsWith({
      COMETCHAT_WEBHOOK_SECRET: 'swordfish',
      COMETCHAT_WEBHOOK_SECRET_FILE: file('swordfish'),
    })
    expect(faults).toEqual({
      COMETCHAT_WEBHOOK_SECRET: expect.stringContaining('set together with COMETCHAT_WEBHOOK_SECRET_FILE'),
    })
    expect(Object.values(faults).join()).not.toContain('swordfish')
  })

  it('must name a readable file, and its value is not printed in case it is the secret itself', () => {
    const faults = faultsWith({
      COMETCHAT_WEBHOOK_PASSWORD: '',
      COMETCHAT_WEBHOOK_PASSWORD_FILE: '/nowhere/swordfish',
    })
    expect(faults).toEqual({
      COMETCHAT_WEBHOOK_PASSWORD_FILE: 'must be the path of a file that can be read (ENOENT)',
    })
  })
})

describe('a name that is not a setting (F31)', () => {
  it.each([
    ['RINGER_PREFX', 'RINGER_PREFIX'],
    ['RINGER_RING_SECOND', 'RINGER_RING_SECONDS'],
    ['RINGER_PORT', 'PORT'],
    ['COMETCHAT_WEBHOOK_PASWORD', 'COMETCHAT_WEBHOOK_PASSWORD'],
    ['COMETCHAT_WEBHOOK_SECRETS_FILE', 'COMETCHAT_WEBHOOK_SECRET_FILE'],
    ['APNS_KEYID', 'APNS_KEY_ID'],
    ['FCM_CALLTYPE', 'FCM_CALL_TYPE'],
  ])('is refused with the nearest one: %s', (name, nearest) => {
    const faults = faultsWith({ [name]: '8080' })
    expect(faults).toEqual({ [name]: `is not a setting; did you mean ${nearest}?` })
  })

  it('is refused even if it is empty or resembles no setting', () => {
    expect(Object.keys(faultsWith({ APNS_KEYID: '' }))).toEqual(['APNS_KEYID'])
    expect(faultsWith({ FCM_ZZZZZZZZZZZZZZZZZZZZZZZZ: 'x' })).toEqual({
      FCM_ZZZZZZZZZZZZZZZZZZZZZZZZ: expect.stringContaining('docs/settings.md'),
    })
  })

  it('is ignored if it does not begin like a setting of Ringer', () => {
    expect(
      faultsWith({
        PATH: '/bin',
        NODE_ENV: 'production',
        RINGERS: 'x',
        MY_APNS_KEY: 'x',
        npm_config_x: '1',
      }),
    ).toEqual({})
  })

  it('is ignored if Kubernetes sets it for a Service called ringer, ringer-ingress or apns', () => {
    expect(
      faultsWith({
        RINGER_SERVICE_HOST: '10.0.0.7',
        RINGER_SERVICE_PORT: '80',
        RINGER_SERVICE_PORT_HTTP: '80',
        RINGER_PORT: 'tcp://10.0.0.7:80',
        RINGER_PORT_80_TCP: 'tcp://10.0.0.7:80',
        RINGER_PORT_80_TCP_PROTO: 'tcp',
        RINGER_PORT_80_TCP_PORT: '80',
        RINGER_PORT_80_TCP_ADDR: '10.0.0.7',
        RINGER_INGRESS_SERVICE_HOST: '10.0.0.8',
        RINGER_INGRESS_PORT: 'tcp://10.0.0.8:80',
        APNS_PORT_443_SCTP_ADDR: '10.0.0.9',
      }),
    ).toEqual({})
  })
})

describe('the state URLs', () => {
  const RINGER_STATE_SECRET = 'kestrel-harbour-lantern-4711-brisk'
  const old = 'windmill-copper-9042-orchard-salty'
  const urlFault = (RINGER_PUBLIC_URL: string) => faultsWith({ RINGER_PUBLIC_URL, RINGER_STATE_SECRET })

  it('are off by default', () => {
    expect(load({}).state).toBeUndefined()
  })

  it('need an address and a secret', () => {
    const publicUrl = 'https://ringer.example.com'
    expect(load({ RINGER_PUBLIC_URL: `${publicUrl}/`, RINGER_STATE_SECRET }).state).toEqual({
      ...{ publicUrl, secrets: [RINGER_STATE_SECRET] },
    })
    expect(faultsWith({ RINGER_PUBLIC_URL: publicUrl })).toEqual({
      RINGER_STATE_SECRET: expect.stringMatching(/^is required with RINGER_PUBLIC_URL/),
    })
    expect(faultsWith({ RINGER_STATE_SECRET })).toEqual({
      RINGER_PUBLIC_URL: expect.stringMatching(/^is required with RINGER_STATE_SECRET/),
    })
  })

  it('have two secrets while one replaces the other', () => {
    const state = { RINGER_PUBLIC_URL: 'https://ringer.example.com/calls' }
    const both = load({ ...state, RINGER_STATE_SECRET: `${RINGER_STATE_SECRET}, ${old}` }).state
    expect(both).toEqual({
      publicUrl: 'https://ringer.example.com/calls',
      secrets: [RINGER_STATE_SECRET, old],
    })
    expect(faultsWith({ ...state, RINGER_STATE_SECRET: `${RINGER_STATE_SECRET},${old},${old}x` })).toEqual({
      RINGER_STATE_SECRET: 'must be one secret, or two as new,old',
    })
  })

  it.each([
    ['short', `${old},short`, /^must have at least 32 characters/],
    ['obvious', 'please-change-this-secret-key-token', /^can be guessed/],
  ])('refuse a secret that is %s', (_, secret, fault) => {
    const faults = faultsWith({
      ...{ RINGER_PUBLIC_URL: 'https://ringer.example.com', RINGER_STATE_SECRET: secret },
    })
    expect(faults).toEqual({ RINGER_STATE_SECRET: expect.stringMatching(fault) })
  })

  it.each([
    ...['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000', 'http://10.1.2.3'],
    ...['http://172.16.0.1', 'http://192.168.1.5:3000', 'http://[fd00::1]', 'http://ingress:3000'],
  ])('may be plain http inside: %s', url => {
    expect(urlFault(url)).toEqual({})
  })

  it.each([
    ['http://ringer.example.com', /^must be https/],
    ['http://172.32.0.1', /^must be https/],
    ['http://[2001:db8::1]', /^must be https/],
    ['ringer.example.com', /^must be a URL beginning with https/],
    ['ftp://ringer.example.com', /^must be a URL beginning with https/],
    ['https://', /^must be a URL beginning with https/],
    ['https://ringer.example.com/?app=1', /^must have no query/],
    ['https://ringer.example.com/#top', /^must have no query/],
    ['https://me:secret@ringer.example.com', /^must contain no login/],
    [`https://ringer.example.com/${'a'.repeat(200)}`, /^must have at most 200 characters/],
  ])('refuse the address %s', (url, fault) => {
    expect(urlFault(url)).toEqual({ RINGER_PUBLIC_URL: expect.stringMatching(fault) })
  })
})
