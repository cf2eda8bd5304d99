import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it as base, describe, expect } from 'vitest'
import { createPost, type PostOptions } from '../../src/outbound/create-post.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Starts a plain HTTP server, and counts the connections and requests that reach it. */
async function startServer(answer: Answer) {
  const counts = { connections: 0, requests: 0 }
  const server = createServer((request, response) => {
    counts.requests += 1
    request.resume()
    answer(request, response)
  })
  server.on('connection', () => {
    counts.connections += 1
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return { counts, port, server }
}

const it = base.extend<{
  open: (
    answer: Answer,
    options?: Partial<PostOptions> & { host?: string },
  ) => Promise<{
    send: (body?: string) => ReturnType<ReturnType<typeof createPost>>
    counts: { connections: number; requests: number }
  }>
}>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern
  open: async ({}, use) => {
    const closers: (() => void)[] = []
    await use(async (answer, { host = '127.0.0.1', ...options } = {}) => {
      const { port, server, counts } = await startServer(answer)
      const post = createPost({ url: `http://${host}:${port}/events`, allowInside: true, ...options })
      closers.push(() => {
        post.close()
        server.closeAllConnections()
        server.close()
      })
      return { send: (body = '{}') => post(body, {}), counts }
    })
    for (const close of closers) close()
  },
})

const ok: Answer = (_request, response) => void response.end('thanks')

/** Resolves every name to these addresses, one list after the other. */
const resolving = (...lists: string[][]) => {
  let asked = 0
  return async () => {
    const list = lists[Math.min(asked, lists.length - 1)] ?? []
    asked += 1
    return list.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
}

describe('a request', () => {
  it('gets the status, over a connection that is kept', async ({ open }) => {
    const { send, counts } = await open(ok)
    for (let number = 1; number <= 3; number += 1) expect(await send()).toEqual({ ok: true, status: 200 })
    expect(counts).toEqual({ connections: 1, requests: 3 })
  })

  it('does not follow a redirect', async ({ open }) => {
    const elsewhere = await open(ok)
    const { send } = await open((_request, response) =>
      response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    )
    expect(await send()).toEqual({ ok: true, status: 307 })
    expect(elsewhere.counts.requests).toBe(0)
  })

  it('ends at its limit, whether the head of the answer or its body is late', async ({ open }) => {
    const silent = await open(() => {}, { limitMs: 150 })
    expect(await silent.send()).toEqual({ ok: false, problem: 'ETIMEDOUT' })
    const halfWay = await open((_request, response) => void response.writeHead(200).write('a'), {
      limitMs: 150,
    })
    expect(await halfWay.send()).toEqual({ ok: true, status: 200 })
  })

  it('reads no more than 64 KiB of the answer', async ({ open }) => {
    let sent = 0
    const { send } = await open((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write('a'.repeat(16_384))) sent += 16_384
        response.once('drain', more)
      }
      more()
    })
    expect(await send()).toEqual({ ok: true, status: 200 })
    expect(sent).toBeLessThan(10_000_000)
  })

  it('is broken after a few interim answers, which Node reads without a limit', async ({ open }) => {
    const { send } = await open((_request, response) => {
      for (let number = 0; number < 1_000; number += 1) response.writeProcessing()
    })
    expect(await send()).toEqual({ ok: false, problem: 'ETOOMANYINTERIM' })
    const few = await open((request, response) => {
      response.writeProcessing()
      ok(request, response)
    })
    expect(await few.send()).toEqual({ ok: true, status: 200 })
  })

  it('fails when the server closes the connection', async ({ open }) => {
    const { send } = await open(request => void request.socket.destroy())
    expect(await send()).toEqual({ ok: false, problem: 'ECONNRESET' })
  })

  it('tells how long to wait', async ({ open }) => {
    const { send } = await open((_request, response) => response.writeHead(503, { 'retry-after': '7' }).end())
    expect(await send()).toEqual({ ok: true, status: 503, retryAfterMs: 7_000 })
  })
})

// The system's look-ups have two threads for all names of a process, and wait for 10 s for each.
describe('a name that no name server answers for', () => {
  it('is asked for once at a time, however many requests need it', async ({ open }) => {
    let asked = 0
    const resolve = () => {
      asked += 1
      return new Promise<never>(() => {})
    }
    const { send } = await open(ok, { host: 'events.example.com', resolve, connections: 40, limitMs: 150 })
    const answers = await Promise.all(Array.from({ length: 40 }, () => send()))
    expect(new Set(answers.map(answer => !answer.ok && answer.problem))).toEqual(new Set(['ETIMEDOUT']))
    expect(asked).toBe(1)
  })

  it('is asked for without the system’s look-ups', async ({ open }) => {
    const { send } = await open(ok, { host: 'events.example.com', allowInside: false, limitMs: 1_000 })
    const sent = send()
    // Those are listed among what keeps the process busy.
    await new Promise(setImmediate)
    expect(process.getActiveResourcesInfo()).not.toContain('GetAddrInfoReqWrap')
    expect(await sent).toMatchObject({ ok: false })
  })
})

describe('an inside address', () => {
  const refused = { ok: false, problem: 'EINSIDE' }

  it.for([
    ['an address', { host: '127.0.0.1' }],
    ['localhost', { host: 'localhost' }],
    ['a public name of it', { host: 'events.example.com', resolve: resolving(['127.0.0.1']) }],
    ['a name of it in IPv6', { host: 'events.example.com', resolve: resolving(['::ffff:127.0.0.1']) }],
    ['a name of several', { host: 'events.example.com', resolve: resolving(['10.0.0.1', '127.0.0.1']) }],
  ] as const)('is not connected to: %s', async ([, options], { open }) => {
    const { send, counts } = await open(ok, { ...options, allowInside: false })
    expect(await send()).toEqual(refused)
    expect(counts.connections).toBe(0)
  })

  // A check before the request would see the first answer, and the connection would get the second one.
  it('is not connected to when the name changes its address after a check', async ({ open }) => {
    const resolve = resolving(['93.184.215.14'], ['127.0.0.1'])
    await resolve()
    const { send, counts } = await open(ok, { host: 'events.example.com', allowInside: false, resolve })
    expect(await send()).toEqual(refused)
    expect(counts.connections).toBe(0)
  })

  it('is connected to if that is allowed', async ({ open }) => {
    const { send } = await open(ok, { host: 'events.example.com', resolve: resolving(['127.0.0.1']) })
    expect(await send()).toEqual({ ok: true, status: 200 })
  })
})
