import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStandInCredentials, type StandInCredentials } from '@ringer/fakes'
import { providerSettings, providers } from '@ringer/providers'
import { ConfigError, type Env, loadConfig } from '@ringer/service'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { apnsSettings } from '../../src/apns/settings/apns-settings.ts'

const PASSPHRASE = 'swordfish of the hour'
const BAG_ATTRIBUTES = 'Bag Attributes\n    localKeyID: 01 \nsubject=UID = com.example.chat.voip\n'

let credentials: StandInCredentials
let foreign: StandInCredentials
beforeAll(async () => {
  const expired = { certificateExpiresAt: Date.now() - 86_400_000 }
  ;[credentials, foreign] = await Promise.all([createStandInCredentials(), createStandInCredentials(expired)])
})

const load = (env: Env) => loadConfig(env, { apns: apnsSettings }, providerSettings(providers)).apns

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

function file(content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringer-swordfish-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'value')
  writeFileSync(path, content)
  return path
}

const certificate = () => credentials.apns.certificate
const bundle = { APNS_BUNDLE_ID: 'com.example.chat' }
/** The smallest configuration with a certificate. */
const given = () => ({
  ...bundle,
  APNS_CERT_PATH: file(certificate().cert),
  APNS_CERT_KEY_PATH: file(certificate().key),
})
const tokenKey = () => ({
  APNS_KEY: credentials.apns.privateKey,
  APNS_KEY_ID: 'ABCDE12345',
  APNS_TEAM_ID: 'TEAM123456',
})

const encrypted = {
  'PKCS #8': () =>
    createPrivateKey(certificate().key).export({
      ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE },
    }),
  "openssl's older format": () =>
    createPrivateKey(certificate().key).export({
      ...{ type: 'sec1', format: 'pem', cipher: 'des-ede3-cbc', passphrase: PASSPHRASE },
    }),
} as Record<string, () => string>

describe("Apple's account with a certificate", () => {
  const expected = () => ({
    auth: {
      kind: 'certificate',
      cert: expect.stringContaining(certificate().cert.trim()),
      key: expect.stringContaining(certificate().key.trim()),
      passphrase: undefined,
      expiresAt: Date.parse(new X509Certificate(certificate().cert).validTo),
    },
    bundleId: 'com.example.chat',
    environment: 'production',
    urls: { production: 'https://api.push.apple.com', sandbox: 'https://api.sandbox.push.apple.com' },
    ca: undefined,
  })

  it('is read from two files', () => {
    expect(load(given())).toEqual(expected())
  })

  it('is read from one file with both in any order, and with the lines that openssl writes between them', () => {
    const { cert, key } = certificate()
    for (const parts of [
      [cert, key],
      [key, cert],
    ]) {
      const both = file(parts.map(part => `${BAG_ATTRIBUTES}${part}\n`).join(''))
      expect(load({ ...bundle, APNS_CERT_PATH: both })).toEqual(expected())
    }
  })

  it('is read with the certificates of its chain, its own first', () => {
    const { cert, key } = certificate()
    const chain = file(`${credentials.ca}\n${cert}\n${key}`)
    const auth = load({ ...bundle, APNS_CERT_PATH: chain })?.auth
    if (auth?.kind !== 'certificate') throw new Error('not a certificate')
    expect(auth.expiresAt).toBe(expected().auth.expiresAt)
    expect(new X509Certificate(auth.cert).subject).toBe(new X509Certificate(cert).subject)
    expect(auth.cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
  })

  it.each(Object.keys(encrypted))('is read with a key that is encrypted in %s', format => {
    const key = encrypted[format]?.() ?? ''
    const env = { ...given(), APNS_CERT_KEY_PATH: file(key) }
    const expectedAuth = { kind: 'certificate', key: key.trim(), passphrase: PASSPHRASE }
    expect(load({ ...env, APNS_CERT_PASSPHRASE: PASSPHRASE })?.auth).toMatchObject(expectedAuth)
    expect(load({ ...env, APNS_CERT_PASSPHRASE_FILE: file(`${PASSPHRASE}\n`) })?.auth).toMatchObject(
      expectedAuth,
    )
  })

  // Android phones still ring.
  it('is read even if the certificate has expired', () => {
    const { cert, key } = foreign.apns.certificate
    const auth = load({ ...bundle, APNS_CERT_PATH: file(cert), APNS_CERT_KEY_PATH: file(key) })?.auth
    expect(auth?.kind === 'certificate' && auth.expiresAt).toBeLessThan(Date.now())
  })
})

describe("Apple's account with a certificate is refused with the fix, and no secret or path is printed:", () => {
  const pkcs12 = (...header: number[]) => file(Buffer.from([...header, 2, 1, 3, 0x30, 0x82, 0x0b, 0xf1]))
  const cert = (content: string | Buffer) => ({ ...bundle, APNS_CERT_PATH: file(content) })
  const withKey = (content: string) => ({ ...given(), APNS_CERT_KEY_PATH: file(content) })
  const der = () => new X509Certificate(certificate().cert).raw
  const smallKey = () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' })

  it.each<[string, () => Env, string, RegExp]>([
    [
      'no such file',
      () => ({ ...given(), APNS_CERT_PATH: '/nowhere/swordfish' }),
      'APNS_CERT_PATH',
      /ENOENT/,
    ],
    ['a folder', () => ({ ...given(), APNS_CERT_KEY_PATH: tmpdir() }), 'APNS_CERT_KEY_PATH', /EISDIR/],
    [
      'the certificate in place of its path',
      () => ({ ...bundle, APNS_CERT_PATH: certificate().cert }),
      'APNS_CERT_PATH',
      /path of a file/,
    ],
    [
      'a file of another kind',
      () => cert('swordfish'),
      'APNS_CERT_PATH',
      /not a certificate in PEM.*-----BEGIN CERT/,
    ],
    [
      'half a certificate',
      () => cert(certificate().cert.slice(0, 300)),
      'APNS_CERT_PATH',
      /not a certificate/,
    ],
    [
      'a damaged certificate',
      () => cert(certificate().cert.replace(/M[A-Z]/, 'AA')),
      'APNS_CERT_PATH',
      /not a certificate in PEM/,
    ],
    [
      'a .p12',
      () => ({ ...bundle, APNS_CERT_PATH: pkcs12(0x30, 0x82, 0x0c, 0x2b) }),
      'APNS_CERT_PATH',
      /is a \.p12 file that cannot be read; .*openssl pkcs12 -in \S+\.p12 -clcerts -nodes -out \S+\.pem/,
    ],
    [
      'a .p12 as the Keychain writes it, without a length',
      () => ({ ...bundle, APNS_CERT_PATH: pkcs12(0x30, 0x80) }),
      'APNS_CERT_PATH',
      /openssl pkcs12/,
    ],
    [
      'a .p12 in place of the key',
      () => ({ ...given(), APNS_CERT_KEY_PATH: pkcs12(0x30, 0x82, 0x0c, 0x2b) }),
      'APNS_CERT_KEY_PATH',
      /set APNS_CERT_PATH to it/,
    ],
    [
      "Apple's .cer",
      () => cert(der()),
      'APNS_CERT_PATH',
      /is a certificate in DER; .*openssl x509 -inform der/,
    ],
    [
      'no key',
      () => cert(certificate().cert),
      'APNS_CERT_KEY_PATH',
      /required.*APNS_CERT_PATH names contains no private/,
    ],
    [
      'the certificate in place of the key',
      () => withKey(certificate().cert),
      'APNS_CERT_KEY_PATH',
      /not a private key in PEM/,
    ],
    [
      'half a key',
      () => withKey(certificate().key.replace(/\n[^-][^\n]+\n/, '\n')),
      'APNS_CERT_KEY_PATH',
      /damaged.*first line to its last/,
    ],
    [
      "another certificate's key",
      () => withKey(foreign.apns.certificate.key),
      'APNS_CERT_KEY_PATH',
      /another certificate's/,
    ],
    [
      'a key of another type',
      () => withKey(smallKey().toString()),
      'APNS_CERT_KEY_PATH',
      /another certificate's/,
    ],
    [
      "another certificate's key in the same file",
      () => cert(`${certificate().cert}\n${foreign.apns.certificate.key}`),
      'APNS_CERT_PATH',
      /another certificate's/,
    ],
    ['no bundle id', () => ({ ...given(), APNS_BUNDLE_ID: '' }), 'APNS_BUNDLE_ID', /required/],
    [
      'a .p8 key as well',
      () => ({ ...given(), ...tokenKey() }),
      'APNS_CERT_PATH',
      /set together with a \.p8 key.*keep one/,
    ],
    [
      "a .p8 key's id as well",
      () => ({ ...given(), APNS_KEY_ID: 'ABCDE12345' }),
      'APNS_KEY_ID',
      /no effect with a certificate; remove it/,
    ],
    [
      'a key for the sandbox as well',
      () => ({ ...given(), APNS_SANDBOX_KEY_ID: 'ABCDE12345' }),
      'APNS_SANDBOX_KEY_ID',
      /no effect with a certificate; remove it/,
    ],
    [
      'a passphrase with a .p8 key',
      () => ({ ...bundle, ...tokenKey(), APNS_CERT_PASSPHRASE: PASSPHRASE }),
      'APNS_CERT_PASSPHRASE',
      /no effect without APNS_CERT_PATH/,
    ],
    [
      'a key without a certificate',
      () => ({ ...bundle, APNS_CERT_KEY_PATH: file(certificate().key) }),
      'APNS_CERT_KEY_PATH',
      /no effect without APNS_CERT_PATH/,
    ],
    ...Object.entries(encrypted).flatMap<[string, () => Env, string, RegExp]>(([format, key]) => [
      [
        `no passphrase for a key in ${format}`,
        () => withKey(key()),
        'APNS_CERT_PASSPHRASE',
        /required: .* is encrypted/,
      ],
      [
        `a wrong passphrase for a key in ${format}`,
        () => ({ ...withKey(key()), APNS_CERT_PASSPHRASE: 'swordfish of yesterday' }),
        'APNS_CERT_PASSPHRASE',
        /does not decrypt/,
      ],
      [
        `no passphrase for a file with certificate and key in ${format}`,
        () => cert(`${certificate().cert}\n${key()}`),
        'APNS_CERT_PASSPHRASE',
        /required/,
      ],
    ]),
  ])('%s', (_, env, name, fix) => {
    const faults = faultsOf(env())
    expect(Object.keys(faults)).toEqual([name])
    expect(faults[name]).toMatch(fix)
    expectNothingIn(faults)
  })

  it('every fault at once', () => {
    const faults = faultsOf({
      APNS_CERT_PATH: file('swordfish'),
      APNS_CERT_KEY_PATH: file(encrypted['PKCS #8']?.() ?? ''),
      APNS_KEY_ID: 'x',
      APNS_CA_PATH: '/nowhere/swordfish',
    })
    expect(Object.keys(faults)).toEqual([
      ...['APNS_BUNDLE_ID', 'APNS_CA_PATH', 'APNS_CERT_PASSPHRASE', 'APNS_CERT_PATH', 'APNS_KEY_ID'],
    ])
    expectNothingIn(faults)
    const both = faultsOf({ APNS_KEY_PATH: file('swordfish'), APNS_CERT_PATH: file(certificate().cert) })
    expect(Object.keys(both)).toEqual([
      ...['APNS_BUNDLE_ID', 'APNS_CERT_KEY_PATH', 'APNS_CERT_PATH'],
      ...['APNS_KEY_ID', 'APNS_KEY_PATH', 'APNS_TEAM_ID'],
    ])
    expectNothingIn(both)
  })
})

function expectNothingIn(faults: Record<string, string>) {
  const messages = Object.values(faults).join()
  const secrets = [
    certificate().cert,
    certificate().key,
    foreign.apns.certificate.key,
    credentials.apns.privateKey,
  ]
  for (const pem of secrets) expect(messages).not.toContain((pem.split('\n')[1] ?? pem).slice(0, 20))
  for (const word of ['swordfish', tmpdir(), '/nowhere']) expect(messages).not.toContain(word)
}
