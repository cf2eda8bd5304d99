import { once } from 'node:events'
import { Agent, get, Server } from 'node:http'
import type { CallQueue, Enqueued } from '@ringer/store'
import { describe, expect } from 'vitest'
import { initiated } from '../../../../test/webhooks.ts'
import { createIngressMetrics } from '../../src/metrics.ts'
import { dial } from '../dial.ts'
import {
  basic,
  bearer,
  createTestTenant,
  it,
  login,
  registrationKey,
  type StartedIngress,
  sign,
} from '../start-ingress.ts'

const STRANGERS = 1_500
const SENT_BYTES = 12_000

/** The beginning of a request that announces a body, and a large part of that body. */
const half = (path: string, authorization: string | undefined, sent = SENT_BYTES) =>
  [
    `POST ${path} HTTP/1.1`,
    'host: ringer',
    'content-type: application/json',
    ...(authorization === undefined ? [] : [`authorization: ${authorization}`]),
    'content-length: 15000',
    `\r\n${'x'.repeat(sent)}`,
  ].join('\r\n')

const wrongBasic = basic({ ...login, password: 'x' })

describe('a stranger who sends half a body', () => {
  it.for([
    ['a webhook without credentials', '/webhooks/cometchat', undefined, 401],
    ['a webhook with a wrong password', '/webhooks/cometchat', wrongBasic, 401],
    ['a webhook with another scheme', '/webhooks/cometchat', bearer(registrationKey), 401],
    ['a call by the custom provider with a wrong password', '/providers/cometchat', wrongBasic, 401],
    ['a registration without credentials', '/api/push/register', undefined, 401],
    ['a registration with a wrong key', '/api/push/register', bearer('x'), 401],
    ['a registration with another scheme', '/api/push/unregister', basic(login), 401],
    ['a report of an answer without credentials', '/api/push/answered', undefined, 401],
    ['a registration of a browser', '/api/push/subscribe', undefined, 401],
    ['a request for no route', '/no/such/route', undefined, 404],
    ['a request with a path that cannot be decoded', '/%ff', undefined, 400],
  ] as const)(
    'is answered and disconnected at once: %s',
    async ([_, path, authorization, status], { ingress }) => {
      const { socket, closed } = await dial(ingress.url)
      socket.write(half(path, authorization))
      const answer = await closed
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(answer).toMatch(/\r\nconnection: close\r\n/i)
      expect(await ingress.listKeys()).toEqual([])
    },
  )

  it('is also disconnected if the app id is missing and the credential belongs to no app', async ({
    startIngress,
  }) => {
    const tenants = ['chess', 'poker'].map(appId =>
      createTestTenant({ appId, registrationAuth: { kind: 'key', key: `the-key-of-${appId}` } }),
    )
    const ingress = await startIngress({ tenants })
    for (const authorization of [undefined, bearer('the-key-of-nobody')]) {
      const { socket, closed } = await dial(ingress.url)
      socket.write(half('/api/push/register', authorization))
      expect(await closed).toMatch(/^HTTP\/1.1 401 /)
    }
  })

  it('is refused with a wrong JWT, before the body', async ({ startIngress }) => {
    const registrationAuth = { kind: 'jwt', secret: 'the-secret-of-the-backend-0123456789' } as const
    const ingress = await startIngress({ tenant: { registrationAuth } })
    const { socket, closed } = await dial(ingress.url)
    socket.write(half('/api/push/register', bearer('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.c2ln')))
    expect(await closed).toMatch(/^HTTP\/1.1 401 /)
  })

  it('takes no memory, even if 1,500 of them do', async ({ startIngress }) => {
    // The time limit for requests is longer than the test: it does not disconnect anybody.
    const ingress = await startIngress({ requestLimitMs: 60_000 })
    const { server } = ingress.server
    if (!(server instanceof Server)) throw new Error('not a server')
    let opened = 0
    let open = 0
    server.on('connection', socket => {
      opened += 1
      open += 1
      socket.on('close', () => {
        open -= 1
      })
    })
    const paths = ['/api/push/register', '/webhooks/cometchat', '/no/such/route']
    for (let begun = 0; begun < STRANGERS; begun += 100) {
      const dials = await Promise.all(Array.from({ length: 100 }, () => dial(ingress.url)))
      for (const [index, { socket }] of dials.entries())
        socket.write(half(paths[index % paths.length] ?? '', undefined))
      await Promise.all(dials.map(({ closed }) => closed))
    }
    expect(opened).toBe(STRANGERS)
    await expect.poll(() => open).toBe(0)
    expect(
      (
        await ingress.register({
          uid: 'bob',
          platform: 'android',
          token: 'fcm-registration-token:APA91b_Bob',
        })
      ).status,
    ).toBe(200)
  })
})

describe('the body of a registration', () => {
  it('is answered 413 above 16 KiB, and the answer names the limit', async ({ ingress }) => {
    for (const path of ['/api/push/register', '/api/push/unregister', '/api/push/answered']) {
      const answer = await ingress.register('x'.repeat(16 * 1024 + 1), { path })
      expect(answer).toMatchObject({ status: 413, body: { error: { code: 'too_large' } } })
      expect(answer.body.error?.message).toContain('16384 bytes')
    }
    expect((await ingress.deliver('x'.repeat(256 * 1024 + 1))).body.error?.message).toContain('262144 bytes')
  })
})

/** The beginning of a header that never ends. */
const HALF_HEADER = 'POST /webhooks/cometchat HTTP/1.1\r\nhost: ringer\r\n'
const LIVE = 'GET /health/live HTTP/1.1\r\nhost: ringer\r\n\r\n'

/** Opens one connection after another, so that it is certain which one is the oldest. */
async function dialEach(url: string, addresses: readonly string[], beginning: string) {
  const dials: Awaited<ReturnType<typeof dial>>[] = []
  for (const address of addresses) {
    const dialled = await dial(url, address)
    dialled.socket.write(beginning)
    dials.push(dialled)
  }
  return dials
}

const stillOpen = (dials: readonly Awaited<ReturnType<typeof dial>>[]) =>
  dials.map(({ socket }) => !socket.closed)

/** Returns how many headers have arrived since. */
function countRequests({ server }: StartedIngress): () => number {
  let count = 0
  server.server.on('request', () => {
    count += 1
  })
  return () => count
}

const addresses = (count: number) => Array.from({ length: count }, (_, index) => `127.0.0.${index + 2}`)

describe('connections', () => {
  it('are limited, and the one that has waited longest for a request makes room', async ({
    startIngress,
  }) => {
    const ingress = await startIngress({ maxConnections: 10 })
    const idle = await dialEach(ingress.url, addresses(10), LIVE)
    await Promise.all(idle.map(({ received }) => expect.poll(received).toContain('"live"')))
    // The first two have waited for the shortest time now.
    for (const { socket, received } of idle.slice(0, 2)) {
      socket.write(LIVE)
      await expect.poll(() => received().split('"live"')).toHaveLength(3)
    }
    const newest = await dialEach(ingress.url, ['127.0.0.99', '127.0.0.99'], LIVE)
    await Promise.all(newest.map(({ received }) => expect.poll(received).toContain('"live"')))
    await expect.poll(() => stillOpen(idle)).toEqual([true, true, false, false, ...Array(6).fill(true)])
    expect(ingress.log()).toContain('MAX_CONNECTIONS')
  })

  // Half-sent headers kept every webhook out for as long as they were opened again.
  it('with half-sent headers make room for webhooks', async ({ startIngress }) => {
    const ingress = await startIngress({ maxConnections: 10, requestLimitMs: 60_000 })
    const strangers = await dialEach(ingress.url, addresses(10), HALF_HEADER)
    expect((await ingress.deliver(initiated())).status).toBe(200)
    await expect.poll(() => stillOpen(strangers)).toEqual([false, ...Array(9).fill(true)])
  })

  it('of one address are at most a quarter, and the log names it', async ({ startIngress }) => {
    const metrics = createIngressMetrics()
    const ingress = await startIngress({ maxConnections: 40, requestLimitMs: 60_000, metrics })
    const others = await dialEach(ingress.url, addresses(3), HALF_HEADER)
    const strangers = await dialEach(ingress.url, Array(60).fill('127.0.0.99'), HALF_HEADER)
    await expect.poll(() => stillOpen(strangers)).toEqual([...Array(50).fill(false), ...Array(10).fill(true)])
    expect(stillOpen(others)).toEqual([true, true, true])
    expect(ingress.log()).toMatch(/"address":"127.0.0.99".*too many connections from one address/)
    expect((await metrics.droppedConnections.get()).values).toMatchObject([{ value: 50 }])
  })

  it('of one network of IPv6 count as those of one address', async ({ startIngress }) => {
    const ingress = await startIngress({ maxConnections: 40, requestLimitMs: 60_000 })
    let accepted = 0
    ingress.server.server.prependListener('connection', socket => {
      accepted += 1
      Object.defineProperty(socket, 'remoteAddress', { value: `2001:db8:0:1::${accepted}` })
    })
    const strangers = await dialEach(ingress.url, Array(20).fill('127.0.0.1'), HALF_HEADER)
    await expect.poll(() => stillOpen(strangers)).toEqual([...Array(10).fill(false), ...Array(10).fill(true)])
  })

  it.for([1, '127.0.0.99', '10.0.0.0/8, 127.0.0.96/28'])(
    'of a proxy have no limit of their own: TRUST_PROXY=%s',
    async (trustProxy, { startIngress }) => {
      const ingress = await startIngress({ maxConnections: 40, trustProxy })
      const proxied = await dialEach(ingress.url, Array(40).fill('127.0.0.99'), LIVE)
      await Promise.all(proxied.map(({ received }) => expect.poll(received).toContain('"live"')))
      expect(stillOpen(proxied)).toEqual(Array(40).fill(true))
    },
  )

  // Each packet kept the ingress from everything else for 40 ms, and without a cut webhooks waited for 13 s.
  it('on which requests are pipelined are cut, and webhooks are answered meanwhile', async ({
    startIngress,
  }) => {
    const ingress = await startIngress()
    const begun = countRequests(ingress)
    const pipelined = 'GET / HTTP/1.1\r\nhost: ringer\r\n\r\n'.repeat(20_000)
    const strangers = await Promise.all(Array.from({ length: 20 }, () => dial(ingress.url)))
    for (const { socket } of strangers) socket.write(pipelined)
    expect((await ingress.deliver(initiated())).status).toBe(200)
    const received = await Promise.all(strangers.map(({ closed }) => closed))
    expect(received.filter(text => text.split('HTTP/1.1 ').length > 2)).toEqual([])
    expect(begun()).toBe(20 + 1)
  })

  it('on which a client asks for another protocol are answered as usual', async ({ ingress }) => {
    const { socket, received } = await dial(ingress.url)
    for (const times of [1, 2]) {
      socket.write(LIVE.replace('\r\n', '\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n'))
      await expect.poll(() => received().split('"live"').length).toBe(times + 1)
    }
  })

  it('on which one request follows the answer to another are kept', async ({ startIngress }) => {
    const ingress = await startIngress()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    for (let number = 0; number < 500; number += 1) {
      const [response] = await once(get(`${ingress.url}/health/live`, { agent }), 'response')
      ports.add(response.socket.localPort)
      response.resume()
      await once(response, 'end')
    }
    expect(ports.size).toBe(1)
    agent.destroy()
  })

  it('with half-sent bodies that have to be read first make room for webhooks', async ({ startIngress }) => {
    const ingress = await startIngress({ maxConnections: 10, requestLimitMs: 60_000 })
    const begun = countRequests(ingress)
    const signed = half('/webhooks/cometchat', undefined).replace(
      '\r\n',
      `\r\nx-cometchat-signature: ${sign('')}\r\n`,
    )
    const strangers = await dialEach(ingress.url, addresses(10), signed)
    await expect.poll(begun).toBe(10)
    expect((await ingress.deliver(initiated())).status).toBe(200)
    await expect.poll(() => stillOpen(strangers)).toEqual([false, ...Array(9).fill(true)])
  })

  it('whose requests are being answered are never closed to make room for others', async ({
    startIngress,
  }) => {
    const stored = Promise.withResolvers<Enqueued>()
    let arrived = 0
    const callQueue: CallQueue = {
      enqueue() {
        arrived += 1
        return stored.promise
      },
      close: async () => undefined,
    }
    const ingress = await startIngress({ maxConnections: 10, callQueue })
    const webhook = JSON.stringify(initiated())
    const whole = [
      'POST /webhooks/cometchat HTTP/1.1',
      ...['host: ringer', 'content-type: application/json', `authorization: ${basic(login)}`],
      `content-length: ${Buffer.byteLength(webhook)}`,
      `\r\n${webhook}`,
    ].join('\r\n')
    // An address with as many as it may have gets no more of them.
    const own = await dialEach(ingress.url, Array(3).fill('127.0.0.99'), whole)
    await expect.poll(() => arrived).toBe(3)
    const [tooMany] = await dialEach(ingress.url, ['127.0.0.99'], '')
    expect(await tooMany?.closed).toBe('')
    const others = await dialEach(ingress.url, addresses(7), whole)
    await expect.poll(() => arrived).toBe(10)
    expect(await (await dial(ingress.url, '127.0.0.98')).closed).toBe('')
    stored.resolve('queued')
    await Promise.all([...own, ...others].map(({ received }) => expect.poll(received).toContain('"queued"')))
  })
})
