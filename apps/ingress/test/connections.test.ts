import type { CallQueue, Enqueued } from '@ringer/store'
import { describe, expect } from 'vitest'
import { SESSION_ID, signalledRing } from '../../../packages/payloads/test/webhooks.ts'
import { dial } from './dial.ts'
import { basic, it, login } from './start-ingress.ts'

const webhook = JSON.stringify(signalledRing())
const head = (length: number) =>
  [
    'POST /webhooks/cometchat HTTP/1.1',
    'host: ringer',
    'content-type: application/json',
    `authorization: ${basic(login)}`,
    `content-length: ${length}`,
    '\r\n',
  ].join('\r\n')

describe('a slow client', () => {
  it.for([
    ['with its body', head(webhook.length) + webhook.slice(0, 40)],
    ['with its headers', head(webhook.length).slice(0, 60)],
  ] as const)(
    'is answered 408 after the time limit, and its connection is closed: %s',
    async ([_, beginning], { startIngress }) => {
      const ingress = await startIngress({ requestLimitMs: 200 })
      const { socket, closed } = await dial(ingress.url)
      socket.write(beginning)
      expect(await closed).toMatch(/^HTTP\/1.1 408 /)
      expect(await ingress.listKeys()).toEqual([])
      expect((await ingress.deliver(webhook)).body).toEqual({ status: 'queued' })
    },
  )

  it('is served if it sends byte by byte within the time limit', async ({ ingress }) => {
    const { socket, received } = await dial(ingress.url)
    for (const byte of Buffer.from(head(webhook.length) + webhook)) socket.write(Uint8Array.of(byte))
    await expect.poll(received).toMatch(/^HTTP\/1.1 200 .*"queued"/s)
  })
})

describe('a request with a wrong content-length', () => {
  it.for([
    ['shorter than the body', head(webhook.length - 10) + webhook, /^HTTP\/1.1 400 /],
    ['negative', head(-1) + webhook, /^HTTP\/1.1 400 /],
    [
      'beside a transfer-encoding',
      head(5).replace('host: ringer', 'host: ringer\r\ntransfer-encoding: chunked') + webhook,
      /^HTTP\/1.1 400 /,
    ],
    ['far above the limit', head(10 ** 12) + webhook, /^HTTP\/1.1 413 /],
  ] as const)('is refused: %s', async ([_, request, answer], { ingress }) => {
    const { socket, closed } = await dial(ingress.url)
    socket.write(request)
    expect(await closed).toMatch(answer)
    expect(await ingress.listKeys()).toEqual([])
    expect((await ingress.deliver(webhook)).body).toEqual({ status: 'queued' })
  })

  it('stores nothing if the client disconnects in the middle of the body', async ({ ingress }) => {
    const { socket, closed } = await dial(ingress.url)
    socket.end(head(webhook.length) + webhook.slice(0, 40))
    await closed
    expect(await ingress.listKeys()).toEqual([])
    expect((await ingress.deliver(webhook)).body).toEqual({ status: 'queued' })
  })
})

describe('closing', () => {
  it('finishes requests in progress and stores webhooks that still arrive over open connections', async ({
    startIngress,
  }) => {
    const stored: (string | undefined)[] = []
    const store = Promise.withResolvers<Enqueued>()
    const entered = Promise.withResolvers<void>()
    const callQueue: CallQueue = {
      async enqueue({ event }) {
        stored.push(event.sessionId)
        entered.resolve()
        return store.promise
      },
      close: async () => undefined,
    }
    const ingress = await startIngress({ callQueue })
    const inProgress = ingress.deliver(webhook)
    const late = JSON.stringify(signalledRing({ sessionId: 'v1.eu.late' }))
    const { socket, closed } = await dial(ingress.url)
    socket.write(head(late.length) + late.slice(0, 40))
    await entered.promise

    const closing = ingress.server.close()
    socket.write(late.slice(40))
    await expect.poll(() => stored).toEqual([SESSION_ID, 'v1.eu.late'])
    store.resolve('queued')
    expect((await inProgress).body).toEqual({ status: 'queued' })
    expect(await closed).toMatch(/^HTTP\/1.1 200 .*connection: close.*"queued"/is)
    await closing
    await expect(ingress.deliver(webhook)).rejects.toThrow('ECONNREFUSED')
  })

  // Node stops enforcing its time limits when a server is closing.
  it.for([
    ['has sent half a request', head(webhook.length) + webhook.slice(0, 40)],
    ['has connected and sent nothing', ''],
  ] as const)('does not wait for a client that %s', async ([_, beginning], { ingress }) => {
    const { socket, closed } = await dial(ingress.url)
    if (beginning) socket.write(beginning)
    const began = performance.now()
    await ingress.server.close()
    await closed
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})
