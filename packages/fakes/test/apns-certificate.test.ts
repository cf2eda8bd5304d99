import { createPrivateKey, X509Certificate } from 'node:crypto'
import {
  type CertificateAndKey,
  createStandInCredentials,
  type FakeApns,
  type StandInCredentials,
  startFakeApns,
} from '@ringer/fakes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectApns, providerToken } from './apns-client.ts'

const DAY_MS = 86_400_000
const BUNDLE = 'com.example.ringer'

let credentials: StandInCredentials
let apns: FakeApns
beforeAll(async () => {
  credentials = await createStandInCredentials()
  apns = await startFakeApns({ credentials, environment: 'production' })
})
afterAll(() => apns.close())

const own = () => credentials.apns.certificate
const noToken = { authorization: null }

/** Sends a push over a connection with this certificate and returns the stand-in's answer. */
async function answerTo(certificate: CertificateAndKey, headers: Record<string, string | null>, fake = apns) {
  const client = connectApns(fake, credentials, certificate)
  const answer = await client.push({ headers })
  client.close()
  return answer
}

describe('a connection with a VoIP Services certificate', () => {
  it('needs no provider token', async () => {
    expect(await answerTo(own(), noToken)).toMatchObject({ status: 200, body: null })
    expect(apns.received.at(-1)).toMatchObject({ accepted: true })
  })

  // https://developer.apple.com/library/archive/documentation/NetworkingInternet/Conceptual/RemoteNotificationsPG/CommunicatingwithAPNs.html
  it('may send a provider token, which is ignored', async () => {
    const stale = `bearer ${providerToken(credentials, { iat: 1 })}`
    expect(await answerTo(own(), { authorization: stale })).toMatchObject({ status: 200 })
  })

  it('may send only VoIP pushes of its own app', async () => {
    for (const topic of [BUNDLE, `${BUNDLE}.complication`, 'com.example.other.voip']) {
      const headers = { ...noToken, 'apns-topic': topic, 'apns-push-type': 'alert' }
      expect(await answerTo(own(), headers), topic).toMatchObject({
        ...{ status: 400, body: { reason: 'TopicDisallowed' } },
      })
    }
    expect(await answerTo(own(), { ...noToken, 'apns-topic': null })).toMatchObject({
      ...{ status: 400, body: { reason: 'MissingTopic' } },
    })
  })

  it('gets the usual answer to an invalid push', async () => {
    expect(await answerTo(own(), { ...noToken, 'apns-push-type': 'alert' })).toMatchObject({
      ...{ status: 400, body: { reason: 'InvalidPushType' } },
    })
  })

  it('has more than one stream before the first push is accepted', async () => {
    const client = connectApns(apns, credentials, own())
    await expect.poll(() => client.session.remoteSettings?.maxConcurrentStreams).toBe(1_000)
    const pushes = Array.from({ length: 20 }, () => client.push({ headers: noToken }))
    expect((await Promise.all(pushes)).every(({ status }) => status === 200)).toBe(true)
    client.close()
  })
})

describe('the stand-in for APNs refuses a certificate', () => {
  const bad = { status: 403, body: { reason: 'BadCertificate' } }

  it('that another CA signed', async () => {
    const other = await createStandInCredentials()
    expect(await answerTo(other.apns.certificate, noToken)).toMatchObject(bad)
    expect(await answerTo(other.apns.certificate, {})).toMatchObject(bad)
  })

  it('that has expired, or is not valid yet', async () => {
    let now = Date.now()
    const { validFromDate, validToDate } = new X509Certificate(own().cert)
    const timed = await startFakeApns({ credentials, environment: 'production', clock: () => now })
    now = validToDate.getTime() - 1_000
    expect(await answerTo(own(), noToken, timed)).toMatchObject({ status: 200 })
    now = validToDate.getTime()
    expect(await answerTo(own(), noToken, timed)).toMatchObject(bad)
    now = validFromDate.getTime() - 1_000
    expect(await answerTo(own(), noToken, timed)).toMatchObject(bad)
    await timed.close()
  })

  it('that belongs to a server and not to an app', async () => {
    expect(await answerTo(credentials, noToken)).toMatchObject(bad)
  })

  it('for another app’s topic', async () => {
    const mixed = await createStandInCredentials({ certificateBundleId: 'com.example.other' })
    const fake = await startFakeApns({ credentials: mixed, environment: 'sandbox' })
    const client = connectApns(fake, mixed, mixed.apns.certificate)
    expect(await client.push({ headers: noToken })).toMatchObject({
      ...{ status: 400, body: { reason: 'TopicDisallowed' } },
    })
    client.close()
    await fake.close()
  })
})

describe('the stand-in’s certificate', () => {
  it('has the same subject as Apple’s, and matches its key', () => {
    const certificate = new X509Certificate(own().cert)
    expect(certificate.subject.split('\n')).toEqual([
      ...['UID=com.example.ringer.voip', 'CN=VoIP Services: com.example.ringer', 'OU=STANDINTEM'],
    ])
    expect(certificate.verify(new X509Certificate(credentials.ca).publicKey)).toBe(true)
    expect(certificate.checkPrivateKey(createPrivateKey(own().key))).toBe(true)
  })

  it('can have expired, and can have an RSA key', async () => {
    const expiresAt = Math.floor(Date.now() / 1_000) * 1_000 - 30 * DAY_MS
    const { apns } = await createStandInCredentials({ certificateExpiresAt: expiresAt, keyType: 'rsa' })
    const certificate = new X509Certificate(apns.certificate.cert)
    expect(certificate.validToDate.getTime()).toBe(expiresAt)
    expect(certificate.validFromDate.getTime()).toBeLessThan(expiresAt)
    expect(certificate.publicKey.asymmetricKeyType).toBe('rsa')
  })
})
