import { once } from 'node:events'
import { connect } from 'node:net'
import { type StartedRedis, startRedis } from '@ringer/fakes'
import type { CallQueue, Enqueued } from '@ringer/store'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { SESSION_ID, signalledRing } from '../../../packages/payloads/test/webhooks.ts'
import { basic, login, startIngress } from './start-ingress.ts'

let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.close())

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

/** A connection on which every byte is the test's own. */
async function dial(url: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let heard = ''
  socket.on('data', data => {
    heard += data
  })
  socket.on('error', () => undefined)
  const closed = new Promise<string>(resolve => socket.once('close', () => resolve(heard)))
  await once(socket, 'connect')
  return {
    socket,
    /** All that was heard, once the other side has closed the connection. */
    closed,
    heard: () => heard,
  }
}

describe('a client that is slow', () => {
  it.each([
    ['with its body', head(webhook.length) + webhook.slice(0, 40)],
    ['with its headers', head(webhook.length).slice(0, 60)],
  ])('is answered 408 when its time is up, and its connection is closed: %s', async (_, beginning) => {
    const ingress = await startIngress(redis.url, { requestLimitMs: 200 })
    const { socket, closed } = await dial(ingress.url)
    socket.write(beginning)
    expect(await closed).toMatch(/^HTTP\/1.1 408 /)
    expect(await ingress.listKeys()).toEqual([])
    expect((await ingress.deliver(webhook)).body).toEqual({ status: 'queued' })
  })

  it('that sends byte by byte, but in time, is served', async () => {
    const ingress = await startIngress(redis.url)
    const { socket, heard } = await dial(ingress.url)
    for (const byte of Buffer.from(head(webhook.length) + webhook)) socket.write(Uint8Array.of(byte))
    await expect.poll(heard).toMatch(/^HTTP\/1.1 200 .*"queued"/s)
  })
})

describe('a content-length that is wrong', () => {
  it.each([
    ['shorter than the body', head(webhook.length - 10) + webhook, /^HTTP\/1.1 400 /],
    ['negative', head(-1) + webhook, /^HTTP\/1.1 400 /],
    [
      'beside a transfer-encoding',
      head(5).replace('host: ringer', 'host: ringer\r\ntransfer-encoding: chunked') + webhook,
      /^HTTP\/1.1 400 /,
    ],
    ['beyond any limit', head(10 ** 12) + webhook, /^HTTP\/1.1 413 /],
  ])('is refused: %s', async (_, request, answer) => {
    const ingress = await startIngress(redis.url)
    const { socket, closed } = await dial(ingress.url)
    socket.write(request)
    expect(await closed).toMatch(answer)
    expect(await ingress.listKeys()).toEqual([])
    expect((await ingress.deliver(webhook)).body).toEqual({ status: 'queued' })
  })

  it('leaves nothing behind when the client goes away in the middle', async () => {
    const ingress = await startIngress(redis.url)
    const { socket, closed } = await dial(ingress.url)
    socket.end(head(webhook.length) + webhook.slice(0, 40))
    await closed
    expect(await ingress.listKeys()).toEqual([])
    expect((await ingress.deliver(webhook)).body).toEqual({ status: 'queued' })
  })
})

describe('closing', () => {
  it('finishes what is in hand, and stores what still comes over an open connection', async () => {
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
    const ingress = await startIngress(redis.url, { callQueue })
    const inHand = ingress.deliver(webhook)
    const late = JSON.stringify(signalledRing({ sessionId: 'v1.eu.late' }))
    const { socket, closed } = await dial(ingress.url)
    socket.write(head(late.length) + late.slice(0, 40))
    await entered.promise

    const closing = ingress.app.close()
    socket.write(late.slice(40))
    await expect.poll(() => stored).toEqual([SESSION_ID, 'v1.eu.late'])
    store.resolve('queued')
    expect((await inHand).body).toEqual({ status: 'queued' })
    expect(await closed).toMatch(/^HTTP\/1.1 200 .*connection: close.*"queued"/is)
    await closing
    await expect(ingress.deliver(webhook)).rejects.toThrow('ECONNREFUSED')
  })

  // Node stops enforcing its time limits once a server is closing.
  it.each([
    ['has sent half a request', head(webhook.length) + webhook.slice(0, 40)],
    ['has connected and says nothing', ''],
  ])('does not wait for a client that %s', async (_, beginning) => {
    const ingress = await startIngress(redis.url)
    const { socket, closed } = await dial(ingress.url)
    if (beginning) socket.write(beginning)
    const began = performance.now()
    await ingress.app.close()
    await closed
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})
