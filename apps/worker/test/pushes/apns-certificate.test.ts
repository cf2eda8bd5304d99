import { createPrivateKey } from 'node:crypto'
import { createStandInCredentials, type StandInCredentials, startRedis } from '@ringer/fakes'
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { classifyResponse } from '../../src/pushes/apns/classify-response.ts'
import { type ApnsConfig, createApnsSender } from '../../src/pushes/apns/create-apns-sender.ts'
import { type ApnsWorld, certificateAuth, startApnsWorld } from './apns-world.ts'
import { lastKinds } from './deliver.ts'
import { deviceToken, iphone, ringOf, upTo } from './outgoing-push.ts'
import { openPushWorld } from './push-world.ts'
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
async function startWorld(options: Parameters<typeof startApnsWorld>[0] = {}): Promise<ApnsWorld> {
  const world = await startApnsWorld({ auth: 'certificate', ...options })
  worlds.push(world)
  return world
}

describe('a certificate', () => {
  it('rings, in both environments, and no provider token leaves', async () => {
    const { production, sandbox, sender } = await startWorld()
    expect(await sender.send(ringOf(iphone(1)))).toEqual({ kind: 'accepted', status: 200 })
    const inSandbox = ringOf(iphone(2, { environment: 'sandbox' }))
    expect(await sender.send(inSandbox)).toEqual({ kind: 'accepted', status: 200 })
    const received = [...production.received, ...sandbox.received]
    expect(received.map(({ accepted }) => accepted)).toEqual([true, true])
    for (const { headers } of received) expect(Object.keys(headers)).not.toContain('authorization')
  })

  // node-apn reads RSA certificates, and would say that this one is for the other environment.
  it('rings with an RSA key, as Apple’s have', async () => {
    const { sendTo, production } = await startWorld({ credentials: rsa })
    expect(await sendTo(1)).toMatchObject({ kind: 'accepted' })
    expect(production.acceptedCount(deviceToken(1))).toBe(1)
  })

  it('rings with a key that is encrypted', async () => {
    const passphrase = 'swordfish'
    const { key: plain, cert } = rsa.apns.certificate
    const key = createPrivateKey(plain)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
      .toString()
    const auth = { ...certificateAuth(rsa), cert, key, passphrase }
    const { sendTo } = await startWorld({ credentials: rsa, config: { auth } })
    expect(await sendTo(1)).toMatchObject({ kind: 'accepted' })
  })

  it('is what Apple goes by: a push without one, and without a token, is refused', async () => {
    const auth = { ...certificateAuth(rsa), cert: '', key: '' }
    const { sendTo } = await startWorld({ credentials: rsa, config: { auth } })
    expect(await sendTo(1)).toMatchObject({ kind: 'rejected', reason: 'MissingProviderToken' })
  })
})

describe('a connection with a certificate', () => {
  it('that goes away in mid-burst is replaced: everything arrives, once each', async () => {
    const { production, warmUp, deliverTo } = await startWorld()
    await warmUp()
    production.order({ delayMs: 30 }, { times: 40 })
    production.order({ goaway: true })
    const deliveries = await Promise.all(upTo(120).map(deliverTo))
    expect(new Set(lastKinds(deliveries))).toEqual(new Set(['accepted']))
    for (const number of upTo(120)) expect(production.acceptedCount(deviceToken(number))).toBe(1)
    expect(production.connectionsTotal).toBe(2)
    expect(production.received.some(({ headers }) => 'authorization' in headers)).toBe(false)
  })

  it('that goes silent is replaced', async () => {
    const { production, warmUp, deliverTo } = await startWorld()
    await warmUp()
    production.freeze()
    const attempts = await deliverTo(1)
    expect(attempts.map(({ outcome }) => outcome.kind)).toEqual(['retryable', 'accepted'])
    expect(production.accepted(deviceToken(1)).map(({ connection }) => connection)).toEqual([2])
  })
})

describe('a certificate that Apple does not take', () => {
  it('is a mistake of ours to Apple’s table, as is a topic that it is not for', async () => {
    const { sendTo, sender } = await startWorld({ credentials: expired })
    expect(await sendTo(1)).toEqual({ kind: 'rejected', status: 403, reason: 'BadCertificate' })
    const good = await startWorld()
    const elsewhere = ringOf(iphone(1, { bundleId: 'com.example.other' }))
    const refusal = { kind: 'rejected', status: 400, reason: 'TopicDisallowed' }
    expect(await good.sender.send(elsewhere)).toEqual(refusal)
    expect(await sender.send(elsewhere)).toMatchObject({ reason: 'BadCertificate' })
  })

  it('for a topic costs no phone its registration', async () => {
    const redis = await startRedis()
    const store = openPushWorld(redis.url, 'apns')
    onTestFinished(async () => {
      await store.close()
      await redis.close()
    })
    const { sender } = await startWorld()
    store.sender.script.push(push => sender.send(push))
    const registration = { token: deviceToken(7), bundleId: 'com.example.other' }
    const { job, device } = await store.prepareRing(registration)
    expect(await store.handle(job)).toEqual({ done: true })
    expect(await store.outcomeOf(job)).toMatchObject({ outcome: 'rejected', reason: 'TopicDisallowed' })
    expect(await store.devices.get(device.id)).toMatchObject({ token: deviceToken(7) })
  })
})

/** As node-apn passes them on, from Node 24's OpenSSL 3.5, of TLS 1.3 and 1.2. */
const quoted = (alert: string, number: number) =>
  `40CD:error:0A000415:SSL routines:ssl3_read_bytes:${alert}:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:918:SSL alert number ${number}\n`
const sayings = (alert: string, number: number) => [
  `apn write failed: ${quoted(alert, number)}`,
  `apn write failed: The pending stream has been canceled (caused by: ${quoted(alert, number)})`,
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
  ])('about our certificate is a mistake of ours: %s', (alert, number, words) => {
    for (const error of sayings(alert, number)) {
      expect(classifyResponse({ error })).toEqual({
        kind: 'rejected',
        reason: `certificate refused (${words})`,
      })
    }
  })

  it('about anything else is tried again', () => {
    for (const error of sayings('tlsv1 alert internal error', 80)) {
      expect(classifyResponse({ error })).toMatchObject({ kind: 'retryable' })
    }
  })
})

const title = 'Apple that refuses a certificate as it really does, by a TLS alert'
describe.runIf(hasOpenssl)(hasOpenssl ? title : `${title} (skipped: no OpenSSL 3 on the PATH)`, () => {
  async function startRefused(auth: ApnsConfig['auth'], standIn: StandInCredentials) {
    const apple = await startRefusingApple(standIn)
    const { ca, apns } = standIn
    const urls = { production: apple.url, sandbox: apple.url }
    const sender = createApnsSender({ auth, bundleId: apns.bundleId, environment: 'production', urls, ca })
    onTestFinished(async () => {
      await sender.close()
      await apple.close()
    })
    return { apple, sender }
  }

  it.each([
    ['that has expired', () => certificateAuth(expired), 'certificate expired'],
    ['that somebody else signed', () => certificateAuth(rsa), 'unknown ca'],
  ])('%s: every push is told so at once', async (_, auth, words) => {
    const { sender } = await startRefused(auth(), expired)
    const refusal = { kind: 'rejected', reason: `certificate refused (${words})` }
    expect(await Promise.all(upTo(50).map(number => sender.send(ringOf(iphone(number)))))).toEqual(
      upTo(50).map(() => refusal),
    )
  })

  it('is not asked anew for every push', async () => {
    const { apple, sender } = await startRefused(certificateAuth(expired), expired)
    for (const number of upTo(20)) {
      expect(await sender.send(ringOf(iphone(number)))).toMatchObject({
        ...{ kind: 'rejected', reason: 'certificate refused (certificate expired)' },
      })
    }
    // Five in a row, then one a second.
    await expect.poll(apple.refused).toBeGreaterThanOrEqual(5)
    expect(apple.refused()).toBeLessThan(10)
  })
})
