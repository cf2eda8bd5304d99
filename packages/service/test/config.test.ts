import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStandInCredentials, type StandInCredentials } from '@ringer/fakes'
import {
  apnsGroup,
  ConfigError,
  cometchatAppGroup,
  type Env,
  fcmGroup,
  loadConfig,
  processGroup,
  redisGroup,
  registrationGroup,
  webhookGroup,
  workerGroup,
} from '@ringer/service'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'

const groups = {
  process: processGroup({ port: 3000, adminPort: 3001 }),
  redis: redisGroup,
  app: cometchatAppGroup,
  webhook: webhookGroup,
  registration: registrationGroup,
  worker: workerGroup,
  apns: apnsGroup,
  fcm: fcmGroup,
}

/** The least that a process starts with. */
const least = {
  REDIS_URL: 'redis://localhost:6379',
  COMETCHAT_WEBHOOK_USERNAME: 'cometchat',
  COMETCHAT_WEBHOOK_PASSWORD: 'OpenSesame42',
}

const load = (env: Env) => loadConfig({ ...least, ...env }, groups)

/** What is wrong with an environment, by the name of the variable. */
function faultsOf(env: Env): Record<string, string> {
  try {
    loadConfig(env, groups)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const fault of error.faults) expect(error.message).toContain(fault)
    return Object.fromEntries(error.faults.map(fault => fault.split(/: (.*)/s, 2)))
  }
  return {}
}
const faultsBeside = (env: Env) => faultsOf({ ...least, ...env })

let credentials: StandInCredentials
beforeAll(async () => {
  credentials = await createStandInCredentials()
})

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringer-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'value')
  writeFileSync(path, text)
  return path
}

const oneLine = (pem: string) => pem.replaceAll('\n', '\\n')

const apple = () => ({
  APNS_KEY: credentials.apns.privateKey,
  APNS_KEY_ID: 'ABCDE12345',
  APNS_TEAM_ID: 'TEAM123456',
  APNS_BUNDLE_ID: 'com.example.chat',
})
const google = () => ({
  FIREBASE_PROJECT_ID: 'chat',
  FIREBASE_CLIENT_EMAIL: 'ringer@chat.iam.gserviceaccount.com',
  FIREBASE_PRIVATE_KEY: credentials.fcm.privateKey,
})
const serviceAccount = () => ({
  type: 'service_account',
  project_id: 'chat',
  client_email: 'ringer@chat.iam.gserviceaccount.com',
  private_key: credentials.fcm.privateKey,
})

describe('the least configuration', () => {
  it('comes with the documented defaults', () => {
    expect(load({})).toEqual({
      process: { host: '0.0.0.0', port: 3000, adminHost: '127.0.0.1', adminPort: 3001, logLevel: 'info' },
      redis: { target: { kind: 'single', url: 'redis://localhost:6379' }, prefix: '{ringer}' },
      app: { appId: undefined, api: undefined },
      webhook: {
        credentials: { logins: [{ username: 'cometchat', password: 'OpenSesame42' }], secrets: [] },
        ringMs: 30_000,
        ringMeetings: false,
      },
      registration: { kind: 'closed' },
      worker: { queues: ['calls', 'pushes-apns', 'pushes-fcm'] },
      apns: undefined,
      fcm: undefined,
    })
  })

  it('counts an empty variable, or one of white space, as absent, and trims the others', () => {
    const blank = {
      PORT: '',
      LOG_LEVEL: ' ',
      COMETCHAT_WEBHOOK_SECRET: ' \n',
      APNS_KEY_ID: '',
      RINGER_PREFIX: '',
    }
    expect(load(blank)).toEqual(load({}))
    expect(load({ COMETCHAT_WEBHOOK_SECRET: ' of today\n' }).webhook.credentials.secrets).toEqual([
      'of today',
    ])
  })

  it('says all that is wrong at once, by name', () => {
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
    ['WORKER_QUEUES', 'calls,pushes', /calls, pushes-apns, pushes-fcm/],
    ['APNS_ENVIRONMENT', 'development', /production, sandbox/],
    ['APNS_PRODUCTION_URL', 'http://localhost', /https:\/\//],
    ['FCM_CALL_TYPE', 'ring', /incoming_call, call/],
    ['FCM_STOP_ACTION', 'stop', /exact, cancelled/],
    ['COMETCHAT_REGION', 'EU', /lower-case letters, such as us, eu or in/],
    ['COMETCHAT_REGION', 'eu.example.com', /lower-case letters/],
    ['COMETCHAT_API_URL', 'api.example.com/v3', /beginning with https:/],
  ])('is refused with the fix: %s=%s', (name, value, fix) => {
    const faults = faultsBeside({ [name]: value })
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
    if (value.length > 12) expect(faults[name]).not.toContain(value)
  })

  it.each<[Env, object]>([
    [
      { PORT: '0', ADMIN_PORT: '65535', HOST: '::', ADMIN_HOST: '10.0.0.1', LOG_LEVEL: 'debug' },
      { process: { host: '::', port: 0, adminHost: '10.0.0.1', adminPort: 65_535, logLevel: 'debug' } },
    ],
    [
      { RINGER_RING_SECONDS: '5', RINGER_PREFIX: 'eu:{calls}:1' },
      { webhook: { ringMs: 5_000 }, redis: { prefix: 'eu:{calls}:1' } },
    ],
    [{ WORKER_QUEUES: 'pushes-fcm, calls' }, { worker: { queues: ['pushes-fcm', 'calls'] } }],
  ])('is taken: %j', (env, config) => {
    expect(load(env)).toMatchObject(config)
  })
})

describe('http', () => {
  it.each(['FCM_URL', 'FCM_TOKEN_URL', 'REGISTRATION_JWKS_URL', 'COMETCHAT_API_URL'])(
    'is for loopback only: %s',
    name => {
      for (const host of ['localhost', '127.0.0.1:4443', '127.0.0.53', '[::1]:80']) {
        expect(faultsBeside({ [name]: `http://${host}/x` })).toEqual({})
      }
      for (const host of [
        'fcm.example.com',
        '10.0.0.1',
        'localhost.example.com',
        '127.0.0.1.example.com',
        '[::2]',
      ]) {
        expect(faultsBeside({ [name]: `http://${host}/x` })[name]).toMatch(/must be https/)
        expect(faultsBeside({ [name]: `https://${host}/x` })).toEqual({})
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

  it('is a server, a Cluster or Sentinels', () => {
    const login = { REDIS_USERNAME: 'ringer', REDIS_PASSWORD: 'swordfish' }
    const given = { username: 'ringer', password: 'swordfish' }
    expect(load({ REDIS_URL: 'rediss://r:6380/2' }).redis.target).toEqual({
      kind: 'single',
      url: 'rediss://r:6380/2',
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
    })
  })

  it('takes a password from a variable of its own for a single server too', () => {
    const { target } = load({
      REDIS_URL: 'redis://r:6379/2',
      REDIS_PASSWORD_FILE: file('sword/fish@1%\n'),
    }).redis
    expect(target).toEqual({ kind: 'single', url: 'redis://:sword%2Ffish%401%25@r:6379/2' })
  })

  it.each<[Env, string, RegExp]>([
    [{ REDIS_URL: '' }, 'REDIS_URL', /required \(or REDIS_CLUSTER_NODES, or REDIS_SENTINELS\)/],
    [{ REDIS_CLUSTER_NODES: nodes }, 'REDIS_CLUSTER_NODES', /beside REDIS_URL; keep one/],
    [{ REDIS_URL: '', REDIS_SENTINELS: nodes }, 'REDIS_SENTINEL_NAME', /required with REDIS_SENTINELS/],
    [{ REDIS_URL: '', REDIS_CLUSTER_NODES: 'redis-1' }, 'REDIS_CLUSTER_NODES', /host-1:6379,host-2:6379/],
    [{ REDIS_URL: '', REDIS_CLUSTER_NODES: 'redis-1:70000' }, 'REDIS_CLUSTER_NODES', /ports up to 65535/],
    [
      { REDIS_URL: 'redis://:a@r', REDIS_PASSWORD: 'swordfish' },
      'REDIS_PASSWORD',
      /beside the one in REDIS_URL/,
    ],
    [
      { REDIS_URL: 'redis://a@r', REDIS_USERNAME: 'swordfish' },
      'REDIS_USERNAME',
      /beside the one in REDIS_URL/,
    ],
  ])('is refused with the fix: %j', (env, name, fix) => {
    const faults = faultsBeside(env)
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
    expect(faults[name]).not.toContain('swordfish')
  })
})

describe("CometChat's API", () => {
  const app = { COMETCHAT_APP_ID: '2487f0c1', COMETCHAT_REGION: 'eu' }
  const key = { COMETCHAT_API_KEY: 'f1915e328e249ffaaafd97fb46a57ba55d233fbf' }
  const apiKey = key.COMETCHAT_API_KEY

  it.each<[Env, object]>([
    [app, { appId: '2487f0c1', api: undefined }],
    [
      { ...app, ...key },
      { appId: '2487f0c1', api: { url: 'https://2487f0c1.api-eu.cometchat.io/v3', apiKey } },
    ],
    [
      { ...app, ...key, COMETCHAT_API_URL: 'http://127.0.0.1:4443/2487f0c1/v3' },
      { appId: '2487f0c1', api: { url: 'http://127.0.0.1:4443/2487f0c1/v3', apiKey } },
    ],
    [
      { ...key, COMETCHAT_API_URL: 'https://cometchat.example.com/v3/' },
      { appId: undefined, api: { url: 'https://cometchat.example.com/v3/', apiKey } },
    ],
    [{ COMETCHAT_API_URL: 'https://cometchat.example.com/v3' }, { appId: undefined, api: undefined }],
  ])('is where the address, or the app and its region, say: %j', (env, config) => {
    expect(load(env).app).toEqual(config)
  })

  it('has a key that a file may hold', () => {
    expect(load({ ...app, COMETCHAT_API_KEY_FILE: file(`${apiKey}\n`) }).app.api).toMatchObject({ apiKey })
  })

  it.each<[Env, string[], RegExp]>([
    [key, ['COMETCHAT_APP_ID', 'COMETCHAT_REGION'], /required with COMETCHAT_API_KEY/],
    [{ ...key, COMETCHAT_REGION: 'eu' }, ['COMETCHAT_APP_ID'], /COMETCHAT_APP_ID and COMETCHAT_REGION/],
    [{ ...key, COMETCHAT_APP_ID: '2487f0c1' }, ['COMETCHAT_REGION'], /COMETCHAT_APP_ID and COMETCHAT_REGION/],
    [{ ...key, ...app, COMETCHAT_APP_ID: 'evil.example/#' }, ['COMETCHAT_APP_ID'], /letters and digits/],
    [{ ...app, COMETCHAT_API_KEY: 'sword fish' }, ['COMETCHAT_API_KEY'], /one word/],
  ])('is refused with the fix: %j', (env, names, fix) => {
    const faults = faultsBeside(env)
    expect(Object.keys(faults)).toEqual(names)
    for (const name of names) expect(faults[name]).toMatch(fix)
    expect(Object.values(faults).join()).not.toMatch(/fish|f1915e/)
  })

  it('may belong to an app of any name where no address is made of it', () => {
    const env = { COMETCHAT_APP_ID: 'my app', ...key, COMETCHAT_API_URL: 'https://cometchat.example.com/v3' }
    expect(load(env).app.appId).toBe('my app')
  })
})

describe('webhook credentials', () => {
  const none = { COMETCHAT_WEBHOOK_USERNAME: '', COMETCHAT_WEBHOOK_PASSWORD: '' }

  it('are a login, a secret or both, with the previous ones beside them', () => {
    expect(load({ ...none, COMETCHAT_WEBHOOK_SECRET: 's' }).webhook.credentials).toEqual({
      logins: [],
      secrets: ['s'],
    })
    const rotation = {
      COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS: 'OpenSesame41',
      COMETCHAT_WEBHOOK_SECRET: 'new',
      COMETCHAT_WEBHOOK_SECRET_PREVIOUS: 'old',
    }
    const { logins, secrets } = load(rotation).webhook.credentials
    expect(logins.map(({ username, password }) => `${username}:${password}`)).toEqual([
      'cometchat:OpenSesame42',
      'cometchat:OpenSesame41',
    ])
    expect(secrets).toEqual(['new', 'old'])
    expect(
      load({ ...rotation, COMETCHAT_WEBHOOK_USERNAME_PREVIOUS: 'old' }).webhook.credentials.logins[1],
    ).toEqual({ username: 'old', password: 'OpenSesame41' })
  })

  it.each<[Env, string, RegExp]>([
    [none, 'COMETCHAT_WEBHOOK_USERNAME', /is required.*or COMETCHAT_WEBHOOK_SECRET/],
    [{ COMETCHAT_WEBHOOK_PASSWORD: '' }, 'COMETCHAT_WEBHOOK_PASSWORD', /required with/],
    [{ COMETCHAT_WEBHOOK_USERNAME: '' }, 'COMETCHAT_WEBHOOK_USERNAME', /required with/],
    [{ COMETCHAT_WEBHOOK_USERNAME_PREVIOUS: 'old' }, 'COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS', /required with/],
    [{ COMETCHAT_WEBHOOK_SECRET_PREVIOUS: 'old' }, 'COMETCHAT_WEBHOOK_SECRET_PREVIOUS', /no use without/],
    [
      { ...none, COMETCHAT_WEBHOOK_SECRET: 's', COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS: 'old' },
      'COMETCHAT_WEBHOOK_PASSWORD_PREVIOUS',
      /no use without/,
    ],
  ])('are refused half: %j', (env, name, fix) => {
    const faults = faultsBeside(env)
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
  })
})

describe('registration', () => {
  const secret = 'sixteen-letters!'

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
    [{ REGISTRATION_AUTH: 'none' }, { kind: 'none' }],
    [{ REGISTRATION_KEY: secret }, { kind: 'closed' }],
  ])('is %j', (env, config) => {
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
      /at least 16/,
    ],
    [
      { REGISTRATION_AUTH: 'jwt', REGISTRATION_JWT_SECRET: secret, REGISTRATION_JWKS_URL: 'https://k' },
      'REGISTRATION_JWKS_URL',
      /keep one/,
    ],
  ])('is refused: %j', (env, name, fix) => {
    const faults = faultsBeside(env)
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
    expect(faults[name]).not.toContain('swordfish')
  })
})

describe("Apple's account", () => {
  it('is taken from the variables or from files, whole or in one line', () => {
    const { APNS_KEY, ...rest } = apple()
    const expected = {
      auth: {
        kind: 'token',
        key: expect.stringContaining(APNS_KEY.trim()),
        keyId: 'ABCDE12345',
        teamId: 'TEAM123456',
      },
      bundleId: 'com.example.chat',
      environment: 'production',
      urls: { production: 'https://api.push.apple.com', sandbox: 'https://api.sandbox.push.apple.com' },
      ca: undefined,
    }
    expect(load(apple()).apns).toEqual(expected)
    expect(load({ ...rest, APNS_KEY: oneLine(APNS_KEY) }).apns).toEqual(expected)
    expect(load({ ...rest, APNS_KEY_PATH: file(APNS_KEY) }).apns).toEqual(expected)
    expect(load({ ...rest, APNS_KEY_FILE: file(APNS_KEY) }).apns).toEqual(expected)
    expect(
      load({ ...apple(), APNS_CA_PATH: file('a certificate'), APNS_ENVIRONMENT: 'sandbox' }).apns,
    ).toMatchObject({ ca: 'a certificate', environment: 'sandbox' })
  })

  it.each<[string, () => Env, string, RegExp]>([
    [
      'a key too many',
      () => ({ ...apple(), APNS_KEY_PATH: file(credentials.apns.privateKey) }),
      'APNS_KEY_PATH',
      /beside APNS_KEY/,
    ],
    ['no key', () => ({ ...apple(), APNS_KEY: '' }), 'APNS_KEY_PATH', /\.p8 file/],
    ['the public key', () => ({ ...apple(), APNS_KEY: credentials.apns.publicKey }), 'APNS_KEY', /\.p8 key/],
    ["Google's key", () => ({ ...apple(), APNS_KEY: credentials.fcm.privateKey }), 'APNS_KEY', /\.p8 key/],
    [
      'half a key',
      () => ({ ...apple(), APNS_KEY: credentials.apns.privateKey.slice(0, 80) }),
      'APNS_KEY',
      /whole \.p8 key/,
    ],
    [
      'a key file of something else',
      () => ({ ...apple(), APNS_KEY: '', APNS_KEY_PATH: file('-----BEGIN PRIVATE KEY-----') }),
      'APNS_KEY_PATH',
      /whole \.p8 key/,
    ],
    [
      'the key where its path belongs',
      () => ({ ...apple(), APNS_KEY: '', APNS_KEY_PATH: credentials.apns.privateKey }),
      'APNS_KEY_PATH',
      /path of a file/,
    ],
    ['a folder', () => ({ ...apple(), APNS_CA_PATH: tmpdir() }), 'APNS_CA_PATH', /EISDIR/],
    ['a short key id', () => ({ ...apple(), APNS_KEY_ID: 'ABC' }), 'APNS_KEY_ID', /ten characters/],
    ['no bundle', () => ({ ...apple(), APNS_BUNDLE_ID: '' }), 'APNS_BUNDLE_ID', /required/],
  ])('is refused, and no key is printed: %s', (_, env, name, fix) => {
    const faults = faultsBeside(env())
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
    expectNoKeyIn(faults)
  })
})

describe("Firebase's account", () => {
  it('is taken from three variables, with \\n in the key, or from the file that Firebase hands out', () => {
    const expected = {
      projectId: 'chat',
      clientEmail: 'ringer@chat.iam.gserviceaccount.com',
      privateKey: expect.stringContaining(credentials.fcm.privateKey.trim()),
      url: 'https://fcm.googleapis.com',
      tokenUrl: 'https://oauth2.googleapis.com/token',
      ca: undefined,
      callType: 'incoming_call',
      stopAction: 'exact',
    }
    expect(load(google()).fcm).toEqual(expected)
    expect(load({ ...google(), FIREBASE_PRIVATE_KEY: oneLine(credentials.fcm.privateKey) }).fcm).toEqual(
      expected,
    )
    expect(load({ GOOGLE_APPLICATION_CREDENTIALS: file(JSON.stringify(serviceAccount())) }).fcm).toEqual(
      expected,
    )
    expect(load({ ...google(), FCM_CALL_TYPE: 'call', FCM_STOP_ACTION: 'cancelled' }).fcm).toMatchObject({
      callType: 'call',
      stopAction: 'cancelled',
    })
  })

  it.each<[string, () => Env, string, RegExp]>([
    ['half', () => ({ ...google(), FIREBASE_CLIENT_EMAIL: '' }), 'FIREBASE_CLIENT_EMAIL', /required/],
    [
      "Apple's key",
      () => ({ ...google(), FIREBASE_PRIVATE_KEY: credentials.apns.privateKey }),
      'FIREBASE_PRIVATE_KEY',
      /private key/,
    ],
    [
      'half a key',
      () => ({ ...google(), FIREBASE_PRIVATE_KEY: credentials.fcm.privateKey.slice(0, 200) }),
      'FIREBASE_PRIVATE_KEY',
      /whole private key/,
    ],
    [
      'no such file',
      () => ({ GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/at/all.json' }),
      'GOOGLE_APPLICATION_CREDENTIALS',
      /ENOENT/,
    ],
    [
      'the JSON where its path belongs',
      () => ({ GOOGLE_APPLICATION_CREDENTIALS: JSON.stringify(serviceAccount()) }),
      'GOOGLE_APPLICATION_CREDENTIALS',
      /path of a file/,
    ],
    [
      'a file that is not JSON',
      () => ({ GOOGLE_APPLICATION_CREDENTIALS: file(`{${credentials.fcm.privateKey}`) }),
      'GOOGLE_APPLICATION_CREDENTIALS',
      /JSON of a service account/,
    ],
    [
      'a file for something else',
      () => ({
        GOOGLE_APPLICATION_CREDENTIALS: file(JSON.stringify({ ...serviceAccount(), private_key: 'x' })),
      }),
      'GOOGLE_APPLICATION_CREDENTIALS',
      /whole private_key/,
    ],
  ])('is refused, and no key is printed: %s', (_, env, name, fix) => {
    const faults = faultsBeside(env())
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
    expectNoKeyIn(faults)
  })

  it('is given once', () => {
    const path = file(JSON.stringify(serviceAccount()))
    const faults = faultsBeside({ ...google(), GOOGLE_APPLICATION_CREDENTIALS: path })
    expect(Object.keys(faults)).toEqual([
      'FIREBASE_CLIENT_EMAIL',
      'FIREBASE_PRIVATE_KEY',
      'FIREBASE_PROJECT_ID',
    ])
    expectNoKeyIn(faults)
  })
})

describe('NAME_FILE', () => {
  it('names a file that holds the value', () => {
    const env = { COMETCHAT_WEBHOOK_PASSWORD: '', COMETCHAT_WEBHOOK_PASSWORD_FILE: file('OpenSesame43\n') }
    expect(load(env).webhook.credentials.logins).toEqual([
      { username: 'cometchat', password: 'OpenSesame43' },
    ])
  })

  // An empty secret would be one that anybody can sign with.
  it.each(['', ' \n'])('must not name an empty file: %j', text => {
    const faults = faultsBeside({ COMETCHAT_WEBHOOK_SECRET_FILE: file(text) })
    expect(faults).toEqual({ COMETCHAT_WEBHOOK_SECRET_FILE: 'names a file that is empty' })
  })

  it('is refused beside NAME', () => {
    const faults = faultsBeside({
      COMETCHAT_WEBHOOK_SECRET: 'swordfish',
      COMETCHAT_WEBHOOK_SECRET_FILE: file('swordfish'),
    })
    expect(faults).toEqual({ COMETCHAT_WEBHOOK_SECRET: expect.stringContaining('given twice') })
    expect(Object.values(faults).join()).not.toContain('swordfish')
  })

  it('must name a file that can be read; a secret that was put there is not printed', () => {
    const faults = faultsBeside({
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
    const faults = faultsBeside({ [name]: '8080' })
    expect(faults).toEqual({ [name]: `is not a setting; did you mean ${nearest}?` })
  })

  it('is refused even when it is empty or like nothing', () => {
    expect(Object.keys(faultsBeside({ APNS_KEYID: '' }))).toEqual(['APNS_KEYID'])
    expect(faultsBeside({ FCM_ZZZZZZZZZZZZZZZZZZZZZZZZ: 'x' })).toEqual({
      FCM_ZZZZZZZZZZZZZZZZZZZZZZZZ: expect.stringContaining('README'),
    })
  })

  it('is nobody else’s business', () => {
    expect(
      faultsBeside({
        PATH: '/bin',
        NODE_ENV: 'production',
        RINGERS: 'x',
        MY_APNS_KEY: 'x',
        npm_config_x: '1',
      }),
    ).toEqual({})
  })

  it('is not what Kubernetes says of a Service called ringer, ringer-ingress or apns', () => {
    expect(
      faultsBeside({
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

function expectNoKeyIn(faults: Record<string, string>) {
  const said = Object.values(faults).join()
  const insides = [credentials.apns.privateKey, credentials.fcm.privateKey].map(
    pem => pem.split('\n')[1] ?? pem,
  )
  for (const inside of insides) expect(said).not.toContain(inside.slice(0, 20))
}
