import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStandInCredentials, type StandInCredentials } from '@ringer/fakes'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { apnsSettings } from '../../src/apns/settings/apns-settings.ts'
import { commit, iphone, ringOf } from '../pushes/outgoing-push.ts'
import { startApnsWorld } from './apns-world.ts'
import { hasOpenssl } from './start-refusing-apple.ts'

const PASSPHRASE = 'swordfish of the hour'
const BUNDLE = { APNS_BUNDLE_ID: 'com.example.ringer' }

let rsa: StandInCredentials
let ec: StandInCredentials
beforeAll(async () => {
  ;[rsa, ec] = await Promise.all([createStandInCredentials({ keyType: 'rsa' }), createStandInCredentials()])
})

/** Lets openssl make a .p12 of the certificate, its key and its CA. Returns its path. */
function exportPkcs12(
  { ca, apns: { certificate } }: StandInCredentials,
  ...options: readonly string[]
): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringer-p12-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = (name: string) => join(folder, name)
  writeFileSync(path('voip.pem'), `${certificate.cert}\n${certificate.key}`)
  writeFileSync(path('ca.pem'), ca)
  const files = ['-in', path('voip.pem'), '-certfile', path('ca.pem'), '-out', path('voip.p12')]
  const made = spawnSync('openssl', ['pkcs12', '-export', ...files, ...options])
  if (made.status !== 0) throw new Error(made.stderr.toString())
  return path('voip.p12')
}

const withPassphrase = ['-passout', `pass:${PASSPHRASE}`]
/** What the Keychain uses: RC2 for the certificates and triple DES for the key. */
const asTheKeychain = [
  '-legacy',
  '-certpbe',
  'PBE-SHA1-RC2-40',
  '-keypbe',
  'PBE-SHA1-3DES',
  '-macalg',
  'sha1',
]

const load = (env: Record<string, string>) => {
  expect(apnsSettings.check({ ...BUNDLE, ...env })).toEqual({})
  return apnsSettings.build({ ...BUNDLE, ...env } as Parameters<typeof apnsSettings.build>[0])
}

describe.runIf(hasOpenssl)('a .p12', () => {
  it.each<[string, () => StandInCredentials, readonly string[], string | undefined]>([
    ['of openssl', () => rsa, withPassphrase, PASSPHRASE],
    ['of the Keychain', () => rsa, [...withPassphrase, ...asTheKeychain], PASSPHRASE],
    ['without a passphrase', () => rsa, ['-passout', 'pass:'], undefined],
    [
      'that is not encrypted',
      () => rsa,
      ['-passout', 'pass:', '-keypbe', 'NONE', '-certpbe', 'NONE'],
      undefined,
    ],
    ['with an EC key', () => ec, withPassphrase, PASSPHRASE],
  ])('%s is read, with its chain and its expiry date', (_, given, options, passphrase) => {
    const env = { APNS_CERT_PATH: exportPkcs12(given(), ...options) }
    const auth = load({ ...env, ...(passphrase !== undefined && { APNS_CERT_PASSPHRASE: passphrase }) })?.auth
    if (auth?.kind !== 'certificate') throw new Error('not a certificate')
    const own = new X509Certificate(given().apns.certificate.cert)
    expect(new X509Certificate(auth.cert).fingerprint256).toBe(own.fingerprint256)
    expect(auth.cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect(auth.expiresAt).toBe(own.validToDate.getTime())
    expect(auth.passphrase).toBeUndefined()
  })

  it('rings an iPhone', async () => {
    const file = exportPkcs12(rsa, ...withPassphrase, ...asTheKeychain)
    const settings = load({ APNS_CERT_PATH: file, APNS_CERT_PASSPHRASE: PASSPHRASE })
    if (!settings) throw new Error('no settings')
    const world = await startApnsWorld({ credentials: rsa, config: { auth: settings.auth } })
    onTestFinished(() => world.close())
    expect(await world.sender.send(ringOf(iphone(1)), commit)).toMatchObject({ kind: 'accepted' })
    expect(world.production.received[0]?.headers.authorization).toBeUndefined()
  })

  it.each<[string, Record<string, string>, RegExp]>([
    ['no passphrase', {}, /required: the \.p12 file is encrypted/],
    ['a wrong passphrase', { APNS_CERT_PASSPHRASE: 'swordfish of yesterday' }, /does not decrypt the \.p12/],
  ])('with %s is refused with the fix, and nothing secret is printed', (_, more, fix) => {
    const env = { ...BUNDLE, APNS_CERT_PATH: exportPkcs12(rsa, ...withPassphrase), ...more }
    const faults: Record<string, string> = apnsSettings.check(env)
    expect(Object.keys(faults)).toEqual(['APNS_CERT_PASSPHRASE'])
    expect(faults.APNS_CERT_PASSPHRASE).toMatch(fix)
    for (const word of ['swordfish', tmpdir()]) expect(JSON.stringify(faults)).not.toContain(word)
  })
})
