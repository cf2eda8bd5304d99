import { createPrivateKey } from 'node:crypto'
import { createStandInCredentials, type StandInCredentials } from '@ringer/fakes'
import { afterEach, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { openPushWorld } from '../../../../apps/worker/test/pushes/push-world.ts'
import { it } from '../../../../test/fixtures/store.ts'
import { apns } from '../../src/apns/apns.ts'
import { classifyResponse } from '../../src/apns/classify-response.ts'
import { createApnsSender } from '../../src/apns/create-sender.ts'
import type { ApnsAuth } from '../../src/apns/settings/apns-settings.ts'
import { lastKinds } from '../deliver.ts'
import { commit, context, deviceToken, iphone, ringOf, upTo } from '../pushes/outgoing-push.ts'
import { type ApnsWorld, certificateAuth, startApnsWorld } from './apns-world.ts'
import { hasOpenssl, startRefusingApple } from './start-refusing-apple.ts'

const DAY_MS = 86_400_000

let expired: StandInCredentials
let rsa: StandInCredentials
beforeAll(async () => {
  ;[expired, rsa] = await Promise.all([
    createStandInCredentials({ certificateExpiresAt: Date.now() - DAY_MS, keyType: 'rsa' }),
    createStandInCredentials({ keyType: 'rsa' }),
  ])
})

const worlds: ApnsWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})
async function startCertificateWorld(options: Parameters<typeof startApnsWorld>[0] = {}): Promise<ApnsWorld> {
  const world = await startApnsWorld({ auth: 'certificate', ...options })
  worlds.push(world)
  return world
}

describe('a certificate', () => {
  it('authenticates pushes in both environments, without a provider token', async () => {
    const { production, sandbox, sender } = await startCertificateWorld()
    expect(await sender.send(ringOf(iphone(1)), commit)).toEqual({ kind: 'accepted', status: 200 })
    const inSandbox = ringOf(iphone(2, { environment: 'sandbox' }))
    expect(await sender.send(inSandbox, commit)).toEqual({ kind: 'accepted', status: 200 })
    const received = [...production.received, ...sandbox.received]
    expect(received.map(({ accepted }) => accepted)).toEqual([true, true])
    for (const { headers } of received) expect(Object.keys(headers)).not.toContain('authorization')
  })

  // node-apn parses RSA certificates, and would reject this one as made for the other environment.
  it('may have an RSA key, as Apple’s certificates do', async () => {
    const { sendTo, production } = await startCertificateWorld({ credentials: rsa })
    expect(await sendTo(1)).toMatchObject({ kind: 'accepted' })
    expect(production.acceptedCount(deviceToken(1))).toBe(1)
  })

  it('may have an encrypted key', async () => {
    const passphrase = 'swordfish'
    const { key: plain, cert } = rsa.apns.certificate
    const key = createPrivateKey(plain)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
      .toString()
    const auth = { ...certificateAuth(rsa), cert, key, passphrase }
    const { sendTo } = await startCertificateWorld({ credentials: rsa, config: { auth } })
    expect(await sendTo(1)).toMatchObject({ kind: 'accepted' })
  })

  it('is required by Apple if there is no provider token', async () => {
    const auth = { ...certificateAuth(rsa), cert: '', key: '' }
    const { sendTo } = await startCertificateWorld({ credentials: rsa, config: { auth } })
    expect(await sendTo(1)).toMatchObject({ kind: 'rejected', reason: 'MissingProviderToken' })
  })
})

describe('a connection with a certificate', () => {
  it('is replaced after a GOAWAY during a burst, and every push arrives once', async () => {
    const { production, warmUp, deliverTo } = await startCertificateWorld()
    await warmUp()
    production.order({ delayMs: 30 }, { times: 40 })
    production.order({ goaway: true })
    const deliveries = await Promise.all(upTo(120).map(deliverTo))
    expect(new Set(lastKinds(deliveries))).toEqual(new Set(['accepted']))
    for (const number of upTo(120)) expect(production.acceptedCount(deviceToken(number))).toBe(1)
    await expect.poll(() => production.connectionsTotal).toBe(3)
    expect(production.received.some(({ headers }) => 'authorization' in headers)).toBe(false)
  })

  it('is replaced if it goes silent', async () => {
    const { production, warmUp, deliverTo } = await startCertificateWorld()
    await warmUp()
    production.freeze()
    const attempts = await deliverTo(1)
    expect(attempts.map(({ outcome }) => outcome.kind)).toEqual(['retryable', 'accepted'])
    expect(production.accepted(deviceToken(1))[0]?.connection).toBeGreaterThan(2)
  })
})

describe('a certificate that Apple does not accept', () => {
  it('is reported as rejected, as is a topic that the certificate is not for', async () => {
    const { sendTo, sender } = await startCertificateWorld({ credentials: expired })
    expect(await sendTo(1)).toEqual({
      kind: 'rejected',
      status: 403,
      reason: 'BadCertificate',
      why: 'wrong-key',
    })
    const good = await startCertificateWorld()
    const elsewhere = ringOf(iphone(1, { bundleId: 'com.example.other' }))
    const refusal = { kind: 'rejected', status: 400, reason: 'TopicDisallowed', why: 'wrong-topic' }
    expect(await good.sender.send(elsewhere, commit)).toEqual(refusal)
    expect(await sender.send(elsewhere, commit)).toMatchObject({ reason: 'BadCertificate' })
  })

  it('for a topic does not delete the device', async ({ store }) => {
    const world = openPushWorld(store, apns)
    const { sender } = await startCertificateWorld()
    world.sender.script.push(push => sender.send(push, commit))
    const registration = { token: deviceToken(7), bundleId: 'com.example.other' }
    const { job, device } = await world.prepareRing(registration)
    expect(await world.handle(job)).toEqual({ done: true })
    expect(await world.outcomeOf(job)).toMatchObject({ outcome: 'rejected', reason: 'TopicDisallowed' })
    expect(await world.devices.get(device.id)).toMatchObject({ token: deviceToken(7) })
    await world.close()
  })
})

/** The alert as Node 24's OpenSSL 3.5 words it, in TLS 1.3 and 1.2. */
const opensslError = (alert: string, number: number) =>
  `40CD:error:0A000415:SSL routines:ssl3_read_bytes:${alert}:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:918:SSL alert number ${number}\n`
/** The messages in which node-apn quotes the alert. */
const messagesFor = (alert: string, number: number) => [
  `apn write failed: ${opensslError(alert, number)}`,
  `apn write failed: The pending stream has been canceled (caused by: ${opensslError(alert, number)})`,
]

describe('a TLS alert', () => {
  it.each([
    ['ssl/tls alert certificate expired', 45, 'certificate expired'],
    ['sslv3 alert certificate expired', 45, 'certificate expired'],
    ['ssl/tls alert certificate revoked', 44, 'certificate revoked'],
    ['ssl/tls alert certificate unknown', 46, 'certificate unknown'],
    ['ssl/tls alert bad certificate', 42, 'bad certificate'],
    ['ssl/tls alert unsupported certificate', 43, 'unsupported certificate'],
    ['tlsv1 alert unknown ca', 48, 'unknown ca'],
    ['tlsv1 alert access denied', 49, 'access denied'],
    ['tlsv13 alert certificate required', 116, 'certificate required'],
  ])('about our certificate rejects the push: %s', (alert, number, words) => {
    for (const message of messagesFor(alert, number)) {
      expect(classifyResponse({ kind: 'broken', by: 'node-apn', message })).toEqual({
        kind: 'rejected',
        why: 'wrong-key',
        reason: `certificate refused (${words})`,
        isUnsent: true,
      })
    }
  })

  it('about anything else makes the push retryable', () => {
    for (const message of messagesFor('tlsv1 alert internal error', 80)) {
      expect(classifyResponse({ kind: 'broken', by: 'node-apn', message })).toMatchObject({
        kind: 'retryable',
      })
    }
  })
})

const title = 'a certificate that Apple refuses with a TLS alert'
describe.runIf(hasOpenssl)(hasOpenssl ? title : `${title} (skipped: no OpenSSL 3 on the PATH)`, () => {
  async function startRefused(auth: ApnsAuth, standIn: StandInCredentials) {
    const apple = await startRefusingApple(standIn)
    const { ca } = standIn
    const urls = { production: apple.url, sandbox: apple.url }
    const sender = createApnsSender(
      { auth, bundleId: standIn.apns.bundleId, environment: 'production', urls, ca },
      context(),
    )
    onTestFinished(async () => {
      await sender.close()
      await apple.close()
    })
    return { apple, sender }
  }

  it.each([
    ['it has expired', () => certificateAuth(expired), 'certificate expired'],
    ['somebody else signed it', () => certificateAuth(rsa), 'unknown ca'],
  ])('rejects every push at once because %s', async (_, auth, words) => {
    const { sender } = await startRefused(auth(), expired)
    const refusal = {
      ...{ kind: 'rejected', reason: `certificate refused (${words})`, why: 'wrong-key', isUnsent: true },
    }
    expect(await Promise.all(upTo(50).map(number => sender.send(ringOf(iphone(number)), commit)))).toEqual(
      upTo(50).map(() => refusal),
    )
  })

  it('is not offered again for every push', async () => {
    const { apple, sender } = await startRefused(certificateAuth(expired), expired)
    for (const number of upTo(20)) {
      expect(await sender.send(ringOf(iphone(number)), commit)).toMatchObject({
        ...{ kind: 'rejected', reason: 'certificate refused (certificate expired)', why: 'wrong-key' },
      })
    }
    // It is offered when the sender is created, and then once a second.
    await expect.poll(apple.refused).toBeGreaterThanOrEqual(1)
    expect(apple.refused()).toBeLessThan(6)
  })
})
