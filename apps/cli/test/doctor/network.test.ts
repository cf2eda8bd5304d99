import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { startFakeFcm, startFakeProxy } from '@ringer/fakes'
import { describe, expect, onTestFinished } from 'vitest'
import { expectFault, failed, it, resultOf, type Stage } from './stage.ts'

const hostOf = (url: string) => new URL(url).host

/** Starts a server that accepts connections and never says anything. */
async function startSilentServer(): Promise<string> {
  const server = createServer(socket => void socket.on('error', () => {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('a server', () => {
  it('that refuses connections is named, and the account is not called wrong', async ({ stage }) => {
    stage.world.apns.refuseConnections()
    const diagnosis = await stage.examine()
    const host = hostOf(stage.world.apns.url)
    expectFault(diagnosis, `reach: ${host}`, { sentence: /refuses the connection/, fix: /firewall/ })
    expectFault(diagnosis, 'APNs: production', { sentence: /was not checked/, fix: /check of its reach/ })
    expect(resultOf(diagnosis, 'APNs: sandbox').state).toBe('ok')
  })

  it('whose name does not exist is named', async ({ stage }) => {
    const diagnosis = await stage.examine({ FCM_URL: 'https://fcm.invalid' })
    expectFault(diagnosis, 'reach: fcm.invalid', { sentence: /cannot be resolved/, fix: /DNS/ })
  })

  it('that never answers is named within the limit of a check', async ({ stage }) => {
    const host = await startSilentServer()
    const startedAt = performance.now()
    const diagnosis = await stage.examine({
      APNS_SANDBOX_URL: `https://${host}`,
      FCM_TOKEN_URL: `https://${host}/token`,
    })
    expect(performance.now() - startedAt).toBeLessThan(8_000)
    expectFault(diagnosis, `reach: ${host}`, { sentence: /does not answer/, fix: /firewall/ })
    expectFault(diagnosis, 'APNs: sandbox', { sentence: /was not checked/, fix: /reach/ })
    expectFault(diagnosis, 'FCM: service account', { sentence: /was not checked/, fix: /reach/ })
  })

  it('whose certificate is signed by an unknown CA, as behind a proxy that inspects TLS, is named', async ({
    stage,
  }) => {
    const diagnosis = await stage.examine({ APNS_CA_PATH: undefined })
    expectFault(diagnosis, `reach: ${hostOf(stage.world.apns.url)}`, {
      sentence: /signed by a CA that is not trusted/,
      fix: /NODE_EXTRA_CA_CERTS/,
    })
  })
})

describe('an HTTP proxy', () => {
  const provider = /^(reach|APNs|FCM)/

  it('is used by every check of Apple and Google, and by no check of CometChat', async ({ stage }) => {
    const proxy = await startFakeProxy()
    onTestFinished(() => proxy.close())
    const diagnosis = await stage.examine({ RINGER_PROXY_URL: proxy.url })
    expect(failed(diagnosis).filter(name => provider.test(name))).toEqual([])
    const { apns, fcm } = stage.world
    const asked = new Set(proxy.tunnels.map(({ authority }) => authority))
    for (const { url } of [apns, fcm]) expect(asked).toContain(hostOf(url))
    expect(asked).not.toContain(hostOf(stage.cometchat.url))
  })

  it('that refuses our password is named, and the password is not shown', async ({ stage }) => {
    const proxy = await startFakeProxy({ credentials: { username: 'ringer', password: 'right' } })
    onTestFinished(() => proxy.close())
    const url = proxy.url.replace('//', '//ringer:swordfish@')
    const diagnosis = await stage.examine({ RINGER_PROXY_URL: url })
    expectFault(diagnosis, `reach: ${hostOf(stage.world.fcm.url)}`, {
      sentence: /the proxy opens no tunnel to .* \(407\)/,
      fix: /password.*RINGER_PROXY_URL/,
    })
    expect(JSON.stringify(diagnosis)).not.toContain('swordfish')
  })
})

describe('the clock', () => {
  it.for([
    [-20_000, 'fail', 'behind'],
    [20_000, 'fail', 'ahead of'],
    [5_000, 'warn', 'ahead of'],
  ] as const)('that is wrong by %i ms is named', async ([shiftMs, state, direction], { stage }) => {
    const diagnosis = await stage.examine({}, { clock: () => Date.now() + shiftMs })
    for (const name of ['clock: Redis', 'clock: internet'])
      expectFault(diagnosis, name, {
        state,
        sentence: new RegExp(`clock is [\\d.]+ s ${direction}`),
        fix: /NTP/,
      })
  })
})

describe('the clocks of Redis and of this machine, if both are wrong', () => {
  it('are compared with a server on the internet', async ({ stage }) => {
    const { credentials } = stage.world
    const fcm = await startFakeFcm({ credentials, clock: () => Date.now() + 25_000 })
    onTestFinished(() => fcm.close())
    const diagnosis = await stage.examine({ FCM_URL: fcm.url, FCM_TOKEN_URL: fcm.tokenUrl })
    expect(resultOf(diagnosis, 'clock: Redis').state).toBe('ok')
    expectFault(diagnosis, 'clock: internet', {
      sentence: new RegExp(`2\\d\\.\\d s behind that of ${hostOf(fcm.url)}`),
      fix: /NTP/,
    })
  })
})

describe("CometChat's API", () => {
  const name = 'CometChat: API key'

  it.for<[string, (stage: Stage) => Record<string, string>, RegExp]>([
    ['a wrong key', () => ({ COMETCHAT_API_KEY: 'not-the-key' }), /refused COMETCHAT_API_KEY/],
    [
      'a wrong address',
      ({ cometchat }) => ({ COMETCHAT_API_URL: cometchat.url.replace('/v3', '/v2') }),
      /COMETCHAT_API_URL is not the address/,
    ],
  ])('%s is named', async ([, change, sentence], { stage }) => {
    expectFault(await stage.examine(change(stage)), name, { sentence, fix: /dashboard/ })
  })

  it('an app that CometChat does not know is named', async ({ stage }) => {
    stage.cometchat.order(
      {
        status: 401,
        body: '{"error":{"code":"AUTH_ERR_INVALID_APPID","message":"no such app"}}',
      },
      {
        path: '/2487f0c1a3b5d7e9/v3/groups/ringer-doctor-asks-for-a-group-that-nobody-has/members?perPage=1',
      },
    )
    expectFault(await stage.examine(), name, {
      sentence: /does not know this app.*COMETCHAT_APP_ID and COMETCHAT_REGION/,
      fix: /dashboard/,
    })
  })

  it('an overload is no failure', async ({ stage }) => {
    stage.cometchat.order({ status: 503 }, { times: 5 })
    const diagnosis = await stage.examine()
    expectFault(diagnosis, name, { state: 'warn', sentence: /503/, fix: /in a minute/ })
    expect(failed(diagnosis)).not.toContain(name)
  })

  it('without a key, it says what does not work', async ({ stage }) => {
    expectFault(await stage.examine({ COMETCHAT_API_KEY: undefined }), name, {
      state: 'skipped',
      sentence: /group calls ring nobody/,
      fix: /COMETCHAT_APP_ID/,
    })
  })
})
