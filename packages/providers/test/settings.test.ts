import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStandInCredentials, type StandInCredentials } from '@ringer/fakes'
import { providerSettings, providers } from '@ringer/providers'
import { ConfigError, type Env, loadConfig } from '@ringer/service'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { apns } from '../src/apns/apns.ts'
import { fcm } from '../src/fcm/fcm.ts'
import { createVapidKeys } from '../src/webpush/create-vapid-keys.ts'
import { createWebpush } from '../src/webpush/webpush.ts'

const load = (env: Env) =>
  loadConfig(
    env,
    { apns: apns.settings, fcm: fcm.settings, webpush: createWebpush().settings },
    providerSettings(providers),
  )

/** The faults of an environment, by the name of the variable. */
function faultsOf(env: Env): Record<string, string> {
  try {
    load(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return Object.fromEntries(error.faults.map(fault => fault.split(/: (.*)/s, 2)))
  }
  return {}
}

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

function expectNoKeyIn(faults: Record<string, string>) {
  const messages = Object.values(faults).join()
  const firstLines = [credentials.apns.privateKey, credentials.fcm.privateKey].map(
    pem => pem.split('\n')[1] ?? pem,
  )
  for (const line of firstLines) expect(messages).not.toContain(line.slice(0, 20))
}

describe("Apple's account", () => {
  it('is read from variables or files, with the key on several lines or on one', () => {
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

  it('may have a key of its own for the sandbox, of the same team', () => {
    const { publicKey: _, keyId, privateKey } = credentials.apns.sandboxKey
    const sandboxKey = {
      kind: 'token',
      key: expect.stringContaining(privateKey.trim()),
      teamId: 'TEAM123456',
    }
    const own = { APNS_SANDBOX_KEY: oneLine(privateKey), APNS_SANDBOX_KEY_ID: keyId }
    expect(load({ ...apple(), ...own }).apns).toMatchObject({ sandboxKey: { ...sandboxKey, keyId } })
    const path = { APNS_SANDBOX_KEY: '', APNS_SANDBOX_KEY_PATH: file(privateKey) }
    expect(load({ ...apple(), ...own, ...path }).apns).toMatchObject({ sandboxKey })
  })

  it.each<[string, () => Env, string, RegExp]>([
    [
      'a sandbox key without its id',
      () => ({ ...apple(), APNS_SANDBOX_KEY: credentials.apns.privateKey }),
      'APNS_SANDBOX_KEY_ID',
      /required/,
    ],
    [
      'the id of a sandbox key without the key',
      () => ({ ...apple(), APNS_SANDBOX_KEY_ID: 'ABCDE12346' }),
      'APNS_SANDBOX_KEY_PATH',
      /required/,
    ],
    [
      'the same key for the sandbox',
      () => ({ ...apple(), APNS_SANDBOX_KEY: apple().APNS_KEY, APNS_SANDBOX_KEY_ID: 'ABCDE12345' }),
      'APNS_SANDBOX_KEY_ID',
      /the same as APNS_KEY_ID/,
    ],
    [
      "Google's key for the sandbox",
      () => ({
        ...apple(),
        ...{ APNS_SANDBOX_KEY: credentials.fcm.privateKey, APNS_SANDBOX_KEY_ID: 'ABCDE12346' },
      }),
      'APNS_SANDBOX_KEY',
      /\.p8 key/,
    ],
    [
      'two keys',
      () => ({ ...apple(), APNS_KEY_PATH: file(credentials.apns.privateKey) }),
      'APNS_KEY_PATH',
      /set together with APNS_KEY; keep one/,
    ],
    ['no key', () => ({ ...apple(), APNS_KEY: '' }), 'APNS_KEY_PATH', /\.p8 file/],
    ['the public key', () => ({ ...apple(), APNS_KEY: credentials.apns.publicKey }), 'APNS_KEY', /\.p8 key/],
    ["Google's key", () => ({ ...apple(), APNS_KEY: credentials.fcm.privateKey }), 'APNS_KEY', /\.p8 key/],
    [
      'half a key',
      () => ({ ...apple(), APNS_KEY: credentials.apns.privateKey.slice(0, 80) }),
      'APNS_KEY',
      /complete \.p8 key/,
    ],
    [
      'a key file with only the first line',
      () => ({ ...apple(), APNS_KEY: '', APNS_KEY_PATH: file('-----BEGIN PRIVATE KEY-----') }),
      'APNS_KEY_PATH',
      /complete \.p8 key/,
    ],
    [
      'the key in place of its path',
      () => ({ ...apple(), APNS_KEY: '', APNS_KEY_PATH: credentials.apns.privateKey }),
      'APNS_KEY_PATH',
      /path of a file/,
    ],
    ['a folder', () => ({ ...apple(), APNS_CA_PATH: tmpdir() }), 'APNS_CA_PATH', /EISDIR/],
    ['a short key id', () => ({ ...apple(), APNS_KEY_ID: 'ABC' }), 'APNS_KEY_ID', /ten characters/],
    ['no bundle id', () => ({ ...apple(), APNS_BUNDLE_ID: '' }), 'APNS_BUNDLE_ID', /required/],
  ])('is refused, and no key is printed: %s', (_, env, name, fix) => {
    const faults = faultsOf(env())
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
    expectNoKeyIn(faults)
  })
})

describe("Firebase's account", () => {
  it('is read from three variables, with the key on several lines or on one, or from Firebase’s file', () => {
    const expected = {
      projectId: 'chat',
      clientEmail: 'ringer@chat.iam.gserviceaccount.com',
      privateKey: expect.stringContaining(credentials.fcm.privateKey.trim()),
      url: 'https://fcm.googleapis.com',
      tokenUrl: 'https://oauth2.googleapis.com/token',
      ca: undefined,
      callType: 'incoming_call',
      stopAction: 'exact',
      analyticsLabel: undefined,
      directBoot: false,
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
    [
      'a missing variable',
      () => ({ ...google(), FIREBASE_CLIENT_EMAIL: '' }),
      'FIREBASE_CLIENT_EMAIL',
      /required/,
    ],
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
      /complete private key/,
    ],
    [
      'no such file',
      () => ({ GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/at/all.json' }),
      'GOOGLE_APPLICATION_CREDENTIALS',
      /ENOENT/,
    ],
    [
      'the JSON in place of its path',
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
      'a file without a private key',
      () => ({
        GOOGLE_APPLICATION_CREDENTIALS: file(JSON.stringify({ ...serviceAccount(), private_key: 'x' })),
      }),
      'GOOGLE_APPLICATION_CREDENTIALS',
      /complete private_key/,
    ],
  ])('is refused, and no key is printed: %s', (_, env, name, fix) => {
    const faults = faultsOf(env())
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
    expectNoKeyIn(faults)
  })

  it('is refused if it is set in both ways', () => {
    const path = file(JSON.stringify(serviceAccount()))
    const faults = faultsOf({ ...google(), GOOGLE_APPLICATION_CREDENTIALS: path })
    expect(Object.keys(faults)).toEqual([
      'FIREBASE_CLIENT_EMAIL',
      'FIREBASE_PRIVATE_KEY',
      'FIREBASE_PROJECT_ID',
    ])
    expectNoKeyIn(faults)
  })
})

describe('the VAPID pair', () => {
  const browsers = () => ({
    VAPID_PUBLIC_KEY: credentials.vapid.publicKey,
    VAPID_PRIVATE_KEY: credentials.vapid.privateKey,
    VAPID_SUBJECT: 'mailto:ops@example.com',
  })

  it('is read with its subject, and with the hosts that need not be public', () => {
    const WEBPUSH_CA_PATH = file(credentials.ca)
    expect(
      load({ ...browsers(), WEBPUSH_ENDPOINT_HOSTS: 'Push.internal, ::1', WEBPUSH_CA_PATH }).webpush,
    ).toEqual({
      publicKey: credentials.vapid.publicKey,
      privateKey: credentials.vapid.privateKey,
      subject: 'mailto:ops@example.com',
      endpointHosts: ['push.internal', '::1'],
      ca: credentials.ca,
    })
    expect(load({}).webpush).toBeUndefined()
  })

  it('is what ringer vapid makes', () => {
    const { publicKey, privateKey } = createVapidKeys()
    const env = { ...browsers(), VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey }
    expect(load(env).webpush).toMatchObject({ publicKey, privateKey })
  })

  it('is accepted in ordinary base64 as well', () => {
    const VAPID_PUBLIC_KEY = Buffer.from(credentials.vapid.publicKey, 'base64url').toString('base64')
    expect(load({ ...browsers(), VAPID_PUBLIC_KEY }).webpush).toMatchObject({
      publicKey: credentials.vapid.publicKey,
    })
  })

  it.each<[string, () => Env, Record<string, RegExp>]>([
    [
      'one of three',
      () => ({ VAPID_SUBJECT: 'mailto:ops@example.com' }),
      {
        VAPID_PUBLIC_KEY: /required.*ringer -- vapid/,
        VAPID_PRIVATE_KEY: /required.*ringer -- vapid/,
      },
    ],
    [
      'no subject',
      () => ({ ...browsers(), VAPID_SUBJECT: undefined }),
      { VAPID_SUBJECT: /required.*mailto:/ },
    ],
    [
      'a public key that is none',
      () => ({ ...browsers(), VAPID_PUBLIC_KEY: 'BAAA' }),
      { VAPID_PUBLIC_KEY: /65 bytes/ },
    ],
    [
      'a short private key',
      () => ({ ...browsers(), VAPID_PRIVATE_KEY: 'AAAA' }),
      { VAPID_PRIVATE_KEY: /32 bytes/ },
    ],
    [
      'the key of another pair',
      () => ({ ...browsers(), VAPID_PRIVATE_KEY: Buffer.alloc(32, 7).toString('base64url') }),
      { VAPID_PRIVATE_KEY: /does not belong to VAPID_PUBLIC_KEY/ },
    ],
    [
      'an address that is no URL',
      () => ({ ...browsers(), VAPID_SUBJECT: 'ops@example.com' }),
      { VAPID_SUBJECT: /mailto:/ },
    ],
    [
      'a subject that Apple refuses',
      () => ({ ...browsers(), VAPID_SUBJECT: 'https://localhost' }),
      { VAPID_SUBJECT: /localhost/ },
    ],
    [
      'a host with a port',
      () => ({ WEBPUSH_ENDPOINT_HOSTS: 'localhost:443' }),
      { WEBPUSH_ENDPOINT_HOSTS: /without ports/ },
    ],
    [
      'a certificate that cannot be read',
      () => ({ WEBPUSH_CA_PATH: '/nowhere' }),
      { WEBPUSH_CA_PATH: /can be read/ },
    ],
    [
      'a misspelt name',
      () => ({ VAPID_PUBLICKEY: 'x' }),
      { VAPID_PUBLICKEY: /did you mean VAPID_PUBLIC_KEY/ },
    ],
  ])('is refused with the fix: %s', (_, env, expected) => {
    const faults = faultsOf(env())
    expect(Object.keys(faults).sort()).toEqual(Object.keys(expected).sort())
    for (const [name, words] of Object.entries(expected)) expect(faults[name]).toMatch(words)
    expect(JSON.stringify(faults)).not.toContain(credentials.vapid.privateKey)
  })
})
