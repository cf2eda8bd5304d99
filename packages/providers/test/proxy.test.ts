import { inspect } from 'node:util'
import {
  createStandInCredentials,
  type FakeProxy,
  type FakeProxyOptions,
  type StandInCredentials,
  startFakeApns,
  startFakeFcm,
  startFakeProxy,
} from '@ringer/fakes'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { checkApnsAccount } from '../src/apns/check-account.ts'
import { createApnsSender } from '../src/apns/create-sender.ts'
import type { ApnsSettings } from '../src/apns/settings/apns-settings.ts'
import { checkFcmAccount } from '../src/fcm/check-account.ts'
import { createFcmSender } from '../src/fcm/create-sender.ts'
import { createWebPushSender } from '../src/webpush/create-sender.ts'
import { certificateAuth } from './apns/apns-world.ts'
import { android, browser, commit, context, iphone, ringOf, subscription } from './pushes/outgoing-push.ts'

// Names that only the proxy resolves: what arrives there has come through it.
const APPLE = 'apple.test'
const GOOGLE = 'google.test'

let credentials: StandInCredentials
beforeAll(async () => {
  credentials = await createStandInCredentials({ hosts: [APPLE, GOOGLE] })
})

const portOf = (url: string) => ({ host: '127.0.0.1', port: Number(new URL(url).port) })

/** Apple and Google behind a proxy, and their settings. */
async function startBehindProxy({ credentials: login }: Pick<FakeProxyOptions, 'credentials'> = {}) {
  const [production, fcm] = await Promise.all([
    startFakeApns({ credentials, environment: 'production' }),
    startFakeFcm({ credentials }),
  ])
  const routes = { [`${APPLE}:443`]: portOf(production.url), [`${GOOGLE}:443`]: portOf(fcm.url) }
  const proxy = await startFakeProxy({ routes, ...(login && { credentials: login }) })
  onTestFinished(async () => {
    await Promise.all([proxy.close(), production.close(), fcm.close()])
  })
  const { keyId, teamId, bundleId, privateKey: key } = credentials.apns
  const apple: ApnsSettings = {
    auth: { kind: 'token', key, keyId, teamId },
    ...{ bundleId, ca: credentials.ca, environment: 'production' },
    urls: { production: `https://${APPLE}`, sandbox: `https://sandbox.${APPLE}` },
  }
  const { projectId, clientEmail, privateKey } = credentials.fcm
  const google = {
    ...{ projectId, clientEmail, privateKey, ca: credentials.ca, callType: 'incoming_call' as const },
    ...{ url: `https://${GOOGLE}`, tokenUrl: `https://${GOOGLE}${new URL(fcm.tokenUrl).pathname}` },
  }
  return { production, fcm, proxy, apple, google }
}

const behind = ({ url }: Pick<FakeProxy, 'url'>) => ({ ...context(), proxyUrl: url })
const ringIphone = () => ringOf(iphone(1, { environment: 'production' }))
const authoritiesOf = ({ tunnels }: FakeProxy) => new Set(tunnels.map(({ authority }) => authority))

describe('through an HTTP proxy', () => {
  it('an iPhone rings, with a key or with a certificate', async () => {
    const { production, proxy, apple } = await startBehindProxy()
    for (const auth of [apple.auth, certificateAuth(credentials)]) {
      const sender = createApnsSender({ ...apple, auth }, behind(proxy))
      expect(await sender.send(ringIphone(), commit)).toEqual({ kind: 'accepted', status: 200 })
      await sender.close()
    }
    expect(authoritiesOf(proxy)).toEqual(new Set([`${APPLE}:443`]))
    expect(production.received.map(({ headers }) => 'authorization' in headers)).toEqual([true, false])
  })

  it('an Android phone rings, and the access token comes the same way', async () => {
    const { fcm, proxy, google } = await startBehindProxy()
    const sender = createFcmSender(google, behind(proxy))
    onTestFinished(() => sender.close())
    expect(await sender.send(ringOf(android(1)), commit)).toEqual({ kind: 'accepted', status: 200 })
    expect(fcm.received).toHaveLength(1)
    expect(proxy.tunnels).toEqual([
      { authority: `${GOOGLE}:443`, status: 200 },
      { authority: `${GOOGLE}:443`, status: 200 },
    ])
  })

  it('the checks of the accounts go, too', async () => {
    const { proxy, apple, google } = await startBehindProxy()
    const checks = [
      ...checkApnsAccount(apple, Date.now, proxy.url).slice(0, 1),
      ...checkFcmAccount(google, Date.now, proxy.url),
    ]
    const signal = AbortSignal.timeout(5_000)
    for (const { run } of checks) expect(await run(signal)).toMatchObject({ state: 'ok' })
  })

  it('the certificate of the provider is still checked', async () => {
    const { proxy, apple, google } = await startBehindProxy()
    const stranger = await createStandInCredentials({ hosts: [APPLE, GOOGLE] })
    const toApple = createApnsSender({ ...apple, ca: stranger.ca }, behind(proxy))
    const toGoogle = createFcmSender({ ...google, ca: stranger.ca }, behind(proxy))
    const now = Date.now()
    expect(await toApple.send({ ...ringIphone(), deadline: now + 1_000 }, commit)).toMatchObject({
      kind: 'retryable',
    })
    expect(await toGoogle.send(ringOf(android(1), { deadline: now + 1_000 }), commit)).toMatchObject({
      kind: 'retryable',
    })
    await Promise.all([toApple.close(), toGoogle.close()])
  })
})

describe('a proxy that wants a password', () => {
  const login = { username: 'ringer', password: 'swordfish/of:the@hour' }
  const withLogin = ({ url }: FakeProxy) => {
    const address = new URL(url)
    address.username = login.username
    address.password = login.password
    return { url: address.href }
  }

  it('gets the password, and both phones ring', async () => {
    const { proxy, apple, google } = await startBehindProxy({ credentials: login })
    const toApple = createApnsSender(apple, behind(withLogin(proxy)))
    const toGoogle = createFcmSender(google, behind(withLogin(proxy)))
    expect(await toApple.send(ringIphone(), commit)).toMatchObject({ kind: 'accepted' })
    expect(await toGoogle.send(ringOf(android(1)), commit)).toMatchObject({ kind: 'accepted' })
    await Promise.all([toApple.close(), toGoogle.close()])
  })

  it('and refuses ours is named with the status, and the password is not shown', async () => {
    const { proxy, apple, google } = await startBehindProxy({
      credentials: { ...login, password: 'another' },
    })
    const toApple = createApnsSender(apple, behind(withLogin(proxy)))
    const toGoogle = createFcmSender(google, behind(withLogin(proxy)))
    const outcomes = [
      await toApple.send(ringIphone(), commit),
      await toGoogle.send(ringOf(android(1)), commit),
    ]
    expect(outcomes).toMatchObject([
      { kind: 'retryable', delivered: 'no', reason: 'the proxy refuses the connection (407)' },
      { kind: 'retryable', delivered: 'no', reason: expect.stringContaining('ERR_PROXY_407') },
    ])
    expect(inspect(outcomes, { depth: 9 })).not.toContain('swordfish')
    await Promise.all([toApple.close(), toGoogle.close()])
  })
})

describe('a proxy that refuses us for long', () => {
  it('is named, rather than Google', async () => {
    const { proxy, google } = await startBehindProxy()
    const sender = createFcmSender(google, behind(proxy))
    expect(await sender.send(ringOf(android(1)), commit)).toMatchObject({ kind: 'accepted' })
    proxy.cut()
    proxy.order(403)
    const isDown = async () => {
      await sender.send(ringOf(android(1)), commit)
      return !sender.isReachable()
    }
    await expect.poll(isDown, { timeout: 10_000, interval: 20 }).toBe(true)
    expect(await sender.send(ringOf(android(1)), commit)).toMatchObject({
      ...{ kind: 'retryable', delivered: 'no', reason: 'the proxy refuses the connection (403)' },
    })
    await sender.close()
  })
})

describe('a proxy that is in trouble', () => {
  it('and recovers loses no ring', async () => {
    const { proxy, apple, google } = await startBehindProxy()
    proxy.order(503)
    const toApple = createApnsSender(apple, behind(proxy))
    const toGoogle = createFcmSender(google, behind(proxy))
    const unsent = { kind: 'retryable', delivered: 'no' }
    expect(await toApple.send(ringIphone(), commit)).toMatchObject(unsent)
    expect(await toGoogle.send(ringOf(android(1)), commit)).toMatchObject(unsent)
    proxy.order(undefined)
    const rings = () => toApple.send(ringIphone(), commit).then(({ kind }) => kind)
    await expect.poll(rings, { timeout: 10_000, interval: 200 }).toBe('accepted')
    const ringsAndroid = () => toGoogle.send(ringOf(android(1)), commit).then(({ kind }) => kind)
    await expect.poll(ringsAndroid, { timeout: 10_000, interval: 200 }).toBe('accepted')
    await Promise.all([toApple.close(), toGoogle.close()])
  })

  it('and is slow lets no push through that was given up meanwhile', async () => {
    const { production, proxy, apple } = await startBehindProxy()
    proxy.order('silence')
    const sender = createApnsSender(apple, behind(proxy))
    const given = { ...ringIphone(), deadline: Date.now() + 300 }
    expect(await sender.send(given, commit)).toMatchObject({ kind: 'retryable', delivered: 'no' })
    proxy.order(undefined)
    const later = ringOf(iphone(2, { environment: 'production' }))
    const rings = () => sender.send(later, commit).then(({ kind }) => kind)
    await expect.poll(rings, { timeout: 10_000, interval: 200 }).toBe('accepted')
    expect(production.received.map(({ token }) => token)).toEqual([later.device.token])
    await sender.close()
  })

  it('and says nothing is given up, before the deadline of a ring', async () => {
    const { proxy, apple } = await startBehindProxy()
    proxy.order('silence')
    const sender = createApnsSender(apple, behind(proxy))
    const startedAt = performance.now()
    expect(await sender.send(ringIphone(), commit)).toMatchObject({ kind: 'retryable', delivered: 'no' })
    expect(performance.now() - startedAt).toBeLessThan(6_000)
    await sender.close()
  })
})

describe('browsers', () => {
  it('of known makers are reached through the proxy; an unknown endpoint never is', async () => {
    const { proxy } = await startBehindProxy()
    const { vapid } = credentials
    const asked: string[] = []
    const ask = async (name: string) => {
      asked.push(name)
      return [{ address: '10.0.0.1', family: 4 }]
    }
    const settings = { ...vapid, endpointHosts: [], ca: undefined }
    const sender = createWebPushSender(settings, behind(proxy), { ask })
    onTestFinished(() => sender.close())
    proxy.order(502)
    const send = (endpoint: string) =>
      sender.send(ringOf(browser(1, { token: subscription(1, endpoint) })), commit)
    expect(await send('https://updates.push.services.mozilla.com/wpush/v2/1')).toMatchObject({
      ...{ kind: 'retryable', delivered: 'no', reason: expect.stringContaining('ERR_PROXY_502') },
    })
    expect(await send('https://push.stranger.test/1')).toMatchObject({ kind: 'rejected' })
    expect(authoritiesOf(proxy)).toEqual(new Set(['updates.push.services.mozilla.com:443']))
    expect(asked).toEqual(['push.stranger.test'])
  })
})
