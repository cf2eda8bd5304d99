import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { deliverWithRetries } from '../src/cometchat/deliver-with-retries.ts'
import { deliverWebhook, type WebhookAnswer } from '../src/cometchat.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** Answers with these statuses in turn, the last one for ever; 0 is silence. */
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
  it('carries both proofs and CometChat’s own spelling of the content type', async () => {
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

  it('carries no proof that it was not given', async () => {
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

  it('tells of silence as an answer without a status', async () => {
    const { url } = await startReceiver(0)
    const answer = await deliverWebhook({ url, body, timeoutMs: 50 })
    expect(answer).toMatchObject({ status: 0, body: 'no answer within 50 ms' })
  })

  it('tells of a receiver that is not there', async () => {
    const { url } = await startReceiver(200)
    for (const server of servers.splice(0)) server.close()
    expect(await deliverWebhook({ url, body })).toMatchObject({
      status: 0,
      body: `no answer from ${new URL(url).host}: ECONNREFUSED`,
    })
  })
})

describe('a delivery with retries', () => {
  it('resolves with the first answer, and tries again until one is 200', async () => {
    const { url, requests } = await startReceiver(503, 201, 200)
    const seen: [number, number][] = []
    const { promise: settled, resolve } = Promise.withResolvers<void>()
    const onAnswer = ({ status }: WebhookAnswer, attempt: number) => {
      seen.push([attempt, status])
      if (status === 200) resolve()
    }
    const signal = new AbortController().signal
    const first = await deliverWithRetries({
      url,
      body,
      credentials: {},
      onAnswer,
      signal,
      retriesAfterMs: [5, 10, 15],
    })
    expect(first.status).toBe(503)
    await settled
    expect(seen).toEqual([
      [1, 503],
      [2, 201],
      [3, 200],
    ])
    expect(new Set(requests.map(request => request.body)).size).toBe(1)
  })

  it('ends its retries when the simulator closes', async () => {
    const { url, requests } = await startReceiver(503)
    const closing = new AbortController()
    const retry = { url, body, credentials: {}, onAnswer: () => closing.abort(), signal: closing.signal }
    await deliverWithRetries({ ...retry, retriesAfterMs: [0] })
    expect(requests).toHaveLength(1)
  })
})
