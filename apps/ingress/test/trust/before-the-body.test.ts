import { once } from 'node:events'
import { Agent, get, Server } from 'node:http'
import { describe, expect } from 'vitest'
import { initiated } from '../../../../test/webhooks.ts'
import { dial } from '../dial.ts'
import { send } from '../send.ts'
import { basic, bearer, createTestTenant, it, login, registrationKey } from '../start-ingress.ts'

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
    ['a registration of a browser', '/api/push/subscribe', undefined, 501],
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

  it('is disconnected without the app id as well, if no app has the credential', async ({ startIngress }) => {
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

describe('connections', () => {
  it('are limited, and idle ones make room', async ({ startIngress }) => {
    const ingress = await startIngress({ maxConnections: 10 })
    const idle = await Promise.all(Array.from({ length: 10 }, () => dial(ingress.url)))
    for (const { socket } of idle) socket.write('GET /health/live HTTP/1.1\r\nhost: ringer\r\n\r\n')
    await Promise.all(idle.map(({ received }) => expect.poll(received).toContain('"live"')))
    const { closed } = await dial(ingress.url)
    expect(await closed).toBe('')
    await Promise.all(idle.map(({ closed }) => closed))
    expect((await send(`${ingress.url}/health/live`, { method: 'GET' })).status).toBe(200)
    expect(ingress.log()).toContain('MAX_CONNECTIONS')
  })

  it('on which requests are pipelined are cut, and webhooks are answered meanwhile', async ({
    startIngress,
  }) => {
    const ingress = await startIngress()
    const pipelined = 'GET / HTTP/1.1\r\nhost: ringer\r\n\r\n'.repeat(20_000)
    const strangers = await Promise.all(Array.from({ length: 20 }, () => dial(ingress.url)))
    for (const { socket } of strangers) socket.write(pipelined)
    const startedAt = performance.now()
    expect((await ingress.deliver(initiated())).status).toBe(200)
    // It took 13 s.
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    const received = await Promise.all(strangers.map(({ closed }) => closed))
    expect(received.filter(text => text.split('HTTP/1.1 ').length > 2)).toEqual([])
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

  it('that are in use are kept at the limit', async ({ startIngress }) => {
    const ingress = await startIngress({ maxConnections: 10 })
    const busy = await Promise.all(Array.from({ length: 10 }, () => dial(ingress.url)))
    for (const { socket } of busy) socket.write(half('/webhooks/cometchat', basic(login), 10))
    const { closed } = await dial(ingress.url)
    expect(await closed).toBe('')
    expect(busy.map(({ received }) => received())).toEqual(Array(10).fill(''))
    for (const { socket } of busy) socket.destroy()
  })
})
