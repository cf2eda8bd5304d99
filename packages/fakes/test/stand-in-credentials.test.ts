import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { createStandInCredentials, startFakeFcm } from '@ringer/fakes'
import { expect, it } from 'vitest'

it.each(['localhost', '127.0.0.1', '::1', 'simulator', '10.0.0.7'])(
  'creates a certificate that is valid for %s',
  async host => {
    const { ca, cert } = await createStandInCredentials({ hosts: ['simulator', '10.0.0.7'] })
    const leaf = new X509Certificate(cert)
    const matches = /^[\d.:]+$/.test(host) ? leaf.checkIP(host) : leaf.checkHost(host)
    expect(matches).toBe(host)
    expect(leaf.verify(new X509Certificate(ca).publicKey)).toBe(true)
  },
)

it('creates a certificate that clients with its CA trust, for the given hosts and no others', async () => {
  const credentials = await createStandInCredentials({ hosts: ['fcm.googleapis.com'] })
  const fcm = await startFakeFcm({ credentials })
  const options = { host: '127.0.0.1', port: fcm.port, ca: credentials.ca }
  const good = connect({ ...options, servername: 'fcm.googleapis.com' })
  await once(good, 'secureConnect')
  good.destroy()
  const bad = connect({ ...options, servername: 'oauth2.googleapis.com' })
  expect((await once(bad, 'error'))[0].code).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  await fcm.close()
})

it('creates an elliptic-curve key for Apple and an RSA key for Google, each with its public key', async () => {
  const { apns, fcm } = await createStandInCredentials()
  expect(apns.keyId).toMatch(/^[A-Z\d]{10}$/)
  expect(apns.teamId).toMatch(/^[A-Z\d]{10}$/)
  expect(apns.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----/)
  for (const { privateKey, publicKey } of [apns, fcm]) {
    const derived = createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'pem' })
    expect(derived).toBe(publicKey)
  }
  expect(createPrivateKey(apns.privateKey).asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  expect(createPrivateKey(fcm.privateKey).asymmetricKeyDetails?.modulusLength).toBe(2048)
})
