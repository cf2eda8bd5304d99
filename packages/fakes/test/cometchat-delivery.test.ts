import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { deliverWebhook, deliverWithRetries, type WebhookAnswer } from '@ringer/fakes/cometchat'
import { afterEach, describe, expect, it } from 'vitest'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** Starts a receiver that answers with these statuses in turn, and repeats the last one. It does not answer for a 0. */
async function startReceiver(...statuses: number[]) {
  const requests: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer(async (request, response) => {
    requests.push({ headers: request.headers, body: await text(request) })
    const status = statuses.length > 1 ? statuses.shift() : statuses[0]
    if (status) response.writeHead(status).end(JSON.stringify({ status: 'queued' }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/cometchat`, requests }
}

const body = { trigger: 'call_initiated', data: { name: 'Zoë' } }

describe('a delivery', () => {
  it('carries Basic, the signature and CometChat’s own spelling of the content type', async () => {
    const { url, requests } = await startReceiver(200)
    const answer = await deliverWebhook({ url, body, username: 'user', password: 'pass', secret: 'secret' })
    expect(answer).toMatchObject({ status: 200, body: { status: 'queued' } })
    expect(answer.ms).toBeGreaterThan(0)
    const [request] = requests
    expect(request?.headers['content-type']).toBe('Application/json')
    expect(request?.headers.authorization).toBe(`Basic ${btoa('user:pass')}`)
    const expected = createHmac('sha256', 'secret')
      .update(request?.body ?? '')
      .digest('hex')
    expect(request?.headers['x-cometchat-signature']).toBe(expected)
    expect(JSON.parse(request?.body ?? '')).toEqual(body)
  })

  it('carries no credentials when it has none', async () => {
    const { url, requests } = await startReceiver(200)
    await deliverWebhook({ url, body })
    expect(requests[0]?.headers).not.toHaveProperty('authorization')
    expect(requests[0]?.headers).not.toHaveProperty('x-cometchat-signature')
  })

  it('sends a string byte for byte', async () => {
    const { url, requests } = await startReceiver(200)
    await deliverWebhook({ url, body: '{ "not" : json' })
    expect(requests[0]?.body).toBe('{ "not" : json')
  })

  it('reports a missing answer as status 0, with the time limit', async () => {
    const { url } = await startReceiver(0)
    const answer = await deliverWebhook({ url, body, timeoutMs: 50 })
    expect(answer).toMatchObject({ status: 0, body: 'no answer within 50 ms' })
  })

  it('reports a refused connection as status 0, with the error code', async () => {
    const { url } = await startReceiver(200)
    for (const server of servers.splice(0)) server.close()
    expect(await deliverWebhook({ url, body })).toMatchObject({
      status: 0,
      body: `no answer from ${new URL(url).host}: ECONNREFUSED`,
    })
  })
})

describe('a delivery with retries', () => {
  it('is repeated until it is answered 200', async () => {
    const { url, requests } = await startReceiver(503, 201, 200)
    const seen: [number, number][] = []
    const onAnswer = ({ status }: WebhookAnswer, attempt: number) => seen.push([attempt, status])
    const { first, last } = deliverWithRetries({ url, body, onAnswer, retriesAfterMs: [5, 10, 15] })
    expect((await first).status).toBe(503)
    expect((await last).status).toBe(200)
    expect(seen).toEqual([
      [1, 503],
      [2, 201],
      [3, 200],
    ])
    expect(new Set(requests.map(request => request.body)).size).toBe(1)
  })

  it('gives up after the last retry', async () => {
    const { url, requests } = await startReceiver(503)
    const { last } = deliverWithRetries({ url, body, onAnswer: () => undefined, retriesAfterMs: [5, 10] })
    expect((await last).status).toBe(503)
    expect(requests).toHaveLength(3)
  })

  it('is not retried after an abort', async () => {
    const { url, requests } = await startReceiver(503)
    const closing = new AbortController()
    const onAnswer = () => closing.abort()
    await deliverWithRetries({ url, body, onAnswer, signal: closing.signal, retriesAfterMs: [0] }).last
    expect(requests).toHaveLength(1)
  })
})
