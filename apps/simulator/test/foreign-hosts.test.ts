import { createStandInCredentials, startFakeApns, startFakeFcm, startFakeWebPush } from '@ringer/fakes'
import { describe, expect, it, onTestFinished } from 'vitest'
import { askAs, openAs } from '../../../test/fixtures/ask-as.ts'
import { createSimulator } from '../src/create-simulator.ts'

/** Starts a simulator without a Ringer. */
async function startPage(hosts?: string[]) {
  const credentials = await createStandInCredentials()
  const apns = await startFakeApns({ credentials, environment: 'production' })
  const fcm = await startFakeFcm({ credentials, tls: false })
  const webpush = await startFakeWebPush({ credentials })
  const simulator = createSimulator({
    ingressUrl: 'http://127.0.0.1:1',
    credentials: { secret: 'secret' },
    watchCalls: () => () => {},
    readCall: async () => undefined,
    ...{ apns, fcm, webpush, hosts },
  })
  const url = await simulator.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await simulator.close()
    await Promise.all([apns.close(), fcm.close(), webpush.close()])
  })
  return { url, port: new URL(url).port }
}

// DNS rebinding: a web page makes its own name resolve to 127.0.0.1, and the browser lets it read and send everything.
describe('a page of another site whose name leads to this machine', () => {
  it.each(['/', '/api/events', '/health/ready'])('cannot read %s', async path => {
    const { url, port } = await startPage()
    const { status, body } = await askAs(`${url}${path}`, { host: `rebound.example:${port}` })
    expect(status).toBe(421)
    expect(JSON.parse(body).error).toEqual({
      code: 'foreign_host',
      message: expect.stringContaining('SIMULATOR_HOSTS'),
    })
  })

  it('cannot place a call', async () => {
    const { url, port } = await startPage()
    const host = `rebound.example:${port}`
    const headers = { host, origin: `http://${host}`, 'content-type': 'application/json' }
    const answer = await askAs(`${url}/api/calls`, headers, { method: 'POST', body: '{"callType":"audio"}' })
    expect(answer.status).toBe(421)
  })

  it('cannot open a WebSocket', async () => {
    const { url } = await startPage()
    const upgrade = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
    const { status } = await askAs(`${url}/api/events`, { ...upgrade, host: 'rebound.example' })
    expect(status).toBe(421)
  })
})

describe('a request whose Origin is another site', () => {
  it.each(['https://example.com', 'null', 'http://localhost:1', 'file://'])(
    'cannot open the event stream: %s',
    async origin => {
      const { url, port } = await startPage()
      const { status, body } = await askAs(`${url}/api/events`, { host: `localhost:${port}`, origin })
      expect(status).toBe(403)
      expect(JSON.parse(body).error).toEqual({
        code: 'cross_site',
        message: expect.stringContaining('SIMULATOR_HOSTS'),
      })
    },
  )
})

describe('the page', () => {
  it.each(['localhost', '127.0.0.1', '[::1]', 'LocalHost'])('opens at %s', async host => {
    const { url, port } = await startPage()
    const own = `${host}:${port}`
    expect(await openAs(`${url}/api/events`, { host: own, origin: `http://${own}` })).toBe(200)
    expect(await openAs(`${url}/`, { host: own })).toBe(200)
  })

  // A laptop's address may be anybody's on the next network, so it has to be named.
  it('opens at a name or an address only if SIMULATOR_HOSTS names it', async () => {
    const told = await startPage(['laptop.local', '192.168.1.5'])
    const untold = await startPage()
    for (const host of ['laptop.local:4000', '192.168.1.5:4000']) {
      const headers = { host, origin: `http://${host}` }
      expect(await openAs(`${told.url}/api/events`, headers)).toBe(200)
      expect(await openAs(`${untold.url}/api/events`, headers)).toBe(421)
    }
  })
})
