import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import {
  createStandInCredentials,
  freshPrefix,
  type RedisServer,
  startFakeProxy,
  startRedis,
} from '@ringer/fakes'
import { providers } from '@ringer/providers'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { describeWithRedisServer } from '../../../test/fixtures/describe-with-redis-server.ts'
import { receivedRing } from '../../payloads/test/webhooks.ts'
import { forkProcess } from './fork-process.ts'

const GRACE_MS = 10_000
const login = { COMETCHAT_WEBHOOK_USERNAME: 'cometchat', COMETCHAT_WEBHOOK_PASSWORD: 'Kettle42Harbour' }
const authorization = `Basic ${Buffer.from('cometchat:Kettle42Harbour').toString('base64')}`
const processNames = ['ingress', 'worker'] as const

it('the worker connects to Apple and to Google through RINGER_PROXY_URL', async () => {
  const proxy = await startFakeProxy()
  proxy.order(403)
  const { apns, fcm } = await createStandInCredentials()
  const { child, ended } = forkProcess('worker', {
    ...{
      REDIS_URL: 'redis://127.0.0.1:1',
      ADMIN_PORT: '0',
      LOG_LEVEL: 'silent',
      RINGER_PROXY_URL: proxy.url,
    },
    ...{ APNS_KEY: apns.privateKey, APNS_KEY_ID: 'ABCDE12345', APNS_TEAM_ID: 'ABCDE12345' },
    ...{ APNS_BUNDLE_ID: apns.bundleId, APNS_PRODUCTION_URL: 'https://apple.test' },
    ...{ FIREBASE_PROJECT_ID: fcm.projectId, FIREBASE_CLIENT_EMAIL: fcm.clientEmail },
    ...{ FIREBASE_PRIVATE_KEY: fcm.privateKey, FCM_TOKEN_URL: 'https://google.test/token' },
  })
  const asked = () => proxy.tunnels.map(({ authority }) => authority)
  await expect.poll(asked, { timeout: GRACE_MS }).toContain('apple.test:443')
  await expect.poll(asked, { timeout: GRACE_MS }).toContain('google.test:443')
  child.kill('SIGKILL')
  await ended
  await proxy.close()
})

describe('with a bad environment', () => {
  it('the ingress prints every fault in plain words and exits with 1', async () => {
    const { ended, printed } = forkProcess('ingress', {
      PORT: 'swordfish',
      COMETCHAT_WEBHOOK_PASWORD: 'swordfish',
      RINGER_PREFX: 'x',
    })
    expect(await ended).toEqual({ code: 1, signal: null })
    expect(printed()).toBe(`Ringer cannot start: the configuration is invalid:
  COMETCHAT_WEBHOOK_PASWORD: is not a setting; did you mean COMETCHAT_WEBHOOK_PASSWORD?
  COMETCHAT_WEBHOOK_USERNAME: is required, with COMETCHAT_WEBHOOK_PASSWORD (or COMETCHAT_WEBHOOK_SECRET): webhooks must be authenticated
  PORT: must be a whole number from 0 to 65535
  REDIS_URL: is required (or REDIS_CLUSTER_NODES, or REDIS_SENTINELS)
  RINGER_PREFX: is not a setting; did you mean RINGER_PREFIX?
`)
  })

  it('the worker refuses to start without a provider and exits with 1', async () => {
    const { ended, printed } = forkProcess('worker', { REDIS_URL: 'redis://127.0.0.1:1' })
    expect(await ended).toEqual({ code: 1, signal: null })
    expect(printed()).toMatch(
      new RegExp(
        `^Ringer cannot start: .*\\n${providers.map(({ required: [name] }) => `  ${name}: .*\\n`).join('')}$`,
      ),
    )
  })

  it('the ingress names a port that is already taken, without a stack', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const env = {
      ...login,
      REDIS_URL: 'redis://127.0.0.1:1',
      HOST: '127.0.0.1',
      PORT: String(port),
      ADMIN_PORT: '0',
    }
    const { ended, printed } = forkProcess('ingress', { ...env, LOG_LEVEL: 'silent' })
    expect(await ended).toEqual({ code: 1, signal: null })
    expect(printed()).toBe(
      `Ringer cannot start: listen EADDRINUSE: address already in use 127.0.0.1:${port}; set another address with HOST and PORT, or ADMIN_HOST and ADMIN_PORT\n`,
    )
  })
})

describeWithRedisServer('with a good environment', () => {
  let redis: RedisServer
  let apns: Record<string, string>
  beforeAll(async () => {
    redis = await startRedis({ kind: 'redis-server' })
    const credentials = await createStandInCredentials()
    apns = {
      APNS_KEY: credentials.apns.privateKey,
      APNS_KEY_ID: credentials.apns.keyId,
      APNS_TEAM_ID: credentials.apns.teamId,
      APNS_BUNDLE_ID: credentials.apns.bundleId,
      // No test here rings a phone.
      APNS_PRODUCTION_URL: 'https://127.0.0.1:1',
      APNS_SANDBOX_URL: 'https://127.0.0.1:1',
    }
  })
  afterEach(async () => {
    redis.resume()
    await redis.restart()
  })
  afterAll(() => redis.close())

  const start = (name: (typeof processNames)[number]) =>
    forkProcess(name, {
      ...(name === 'ingress' ? { ...login, HOST: '127.0.0.1', PORT: '0' } : apns),
      ...{ ADMIN_PORT: '0', REDIS_URL: redis.url, RINGER_PREFIX: freshPrefix() },
    })
  const get = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).status

  it.each(processNames)('the %s announces its address, is ready, and exits with 0 on SIGTERM', async name => {
    const { child, ready, ended, printed } = start(name)
    const { url, adminUrl } = await ready
    for (const path of ['/health/live', '/health/ready', '/metrics'])
      expect(await get(adminUrl + path)).toBe(200)
    expect(await get(`${adminUrl}/calls/v1.eu.unknown`)).toBe(404)
    expect(new URL(adminUrl).hostname).toBe('127.0.0.1')
    if (url) expect(await get(`${url}/health/ready`)).toBe(200)
    child.kill('SIGTERM')
    expect(await ended).toEqual({ code: 0, signal: null })
    expect(printed()).toContain('"msg":"closing"')
    expect(printed()).toContain('"msg":"closed"')
    expect(printed()).not.toMatch(/OpenSesame|PRIVATE KEY|Warning/)
  })

  it('both processes serve several CometChat apps, and a webhook is recorded under its own app', async () => {
    const other = { COMETCHAT_WEBHOOK_USERNAME: 'second', COMETCHAT_WEBHOOK_PASSWORD: 'Kettle43Harbour' }
    const RINGER_APPS = JSON.stringify({ 'app-1': { ...login, ...apns }, 'app-2': other })
    const shared = { ADMIN_PORT: '0', REDIS_URL: redis.url, RINGER_PREFIX: freshPrefix(), RINGER_APPS }
    const ingress = forkProcess('ingress', { ...shared, HOST: '127.0.0.1', PORT: '0' })
    const worker = forkProcess('worker', shared)
    const [{ url = '' }, { adminUrl }] = await Promise.all([ingress.ready, worker.ready])
    const call = (appId: string) =>
      fetch(`${url}/webhooks/cometchat`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ ...receivedRing({ sessionId: `v1.eu.${appId}` }), appId }),
      })
    expect((await call('app-2')).status).toBe(400)
    expect((await call('app-1')).status).toBe(200)
    const read = async () => await (await fetch(`${adminUrl}/calls/v1.eu.app-1`)).json()
    await expect.poll(read).toMatchObject({ appId: 'app-1', rings: [{ recipient: 'bob' }] })
    expect(ingress.printed() + worker.printed()).not.toMatch(/OpenSesame|PRIVATE KEY/)
  })

  const outages: [string, () => Promise<void>][] = [
    ['down', () => redis.kill()],
    ['frozen', async () => redis.pause()],
  ]

  const outagesOfEach = outages.flatMap(([how, begin]) =>
    processNames.map(name => [name, how, begin] as const),
  )

  it.each(outagesOfEach)(
    'the %s reports not ready while Redis is %s, and exits with 0 on SIGTERM',
    async (name, _, begin) => {
      const { child, ready, ended } = start(name)
      const { adminUrl } = await ready
      await begin()
      await expect.poll(() => get(`${adminUrl}/health/ready`)).toBe(503)
      expect(await get(`${adminUrl}/calls/v1.eu.unknown`)).toBe(503)
      const began = performance.now()
      child.kill('SIGTERM')
      expect(await ended).toEqual({ code: 0, signal: null })
      expect(performance.now() - began).toBeLessThan(GRACE_MS)
    },
  )

  it('the ingress starts without Redis, logs it, and is ready once Redis is up', async () => {
    await redis.kill()
    const { ready, printed } = start('ingress')
    const { url = '' } = await ready
    await expect.poll(printed).toContain('Redis does not answer')
    expect(await get(`${url}/health/ready`)).toBe(503)
    await redis.restart()
    await expect.poll(() => get(`${url}/health/ready`), { timeout: 8_000 }).toBe(200)
  })

  it('the ingress exits with 0 although a client stopped in the middle of a request', async () => {
    const { child, ready, ended } = start('ingress')
    const { url = '' } = await ready
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(
      `POST /webhook HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-length: 9\r\n\r\n{`,
    )
    expect(await get(`${url}/health/live`)).toBe(200)
    child.kill('SIGTERM')
    expect(await ended).toEqual({ code: 0, signal: null })
  })
})
