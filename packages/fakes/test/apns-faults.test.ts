import { once } from 'node:events'
import { constants } from 'node:http2'
import {
  createStandInCredentials,
  type FakeApns,
  type StandInCredentials,
  startFakeApns,
} from '@ringer/fakes'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectApns, TOKEN } from './apns-client.ts'

let credentials: StandInCredentials
let apns: FakeApns
let client: ReturnType<typeof connectApns>

beforeAll(async () => {
  credentials = await createStandInCredentials()
})
beforeEach(async () => {
  apns = await startFakeApns({ credentials, environment: 'production' })
  client = connectApns(apns, credentials)
})
afterEach(async () => {
  client.close()
  await apns.close()
})

const OTHER = 'cd'.repeat(32)

describe('orders', () => {
  it('answers what it is told, for one push', async () => {
    apns.order({ status: 429, reason: 'TooManyRequests', retryAfter: 2 })
    await expect(client.push()).resolves.toMatchObject({
      ...{ status: 429, retryAfter: '2', body: { reason: 'TooManyRequests' } },
    })
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
    expect(apns.received.map(({ status, fault, accepted }) => ({ status, fault, accepted }))).toEqual([
      { status: 429, fault: 'status', accepted: false },
      { status: 200, fault: null, accepted: true },
    ])
  })

  it('obeys an order for one token for that token, as often as it says', async () => {
    apns.order({ status: 503 }, { token: OTHER, times: 2 })
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
    await expect(client.push({ token: OTHER })).resolves.toMatchObject({ status: 503 })
    await expect(client.push({ token: OTHER })).resolves.toMatchObject({ status: 503 })
    await expect(client.push({ token: OTHER })).resolves.toMatchObject({ status: 200 })
    expect(apns.acceptedCount(OTHER)).toBe(1)
    expect(apns.accepted(TOKEN)).toHaveLength(1)
  })

  it('uses no order up for a request that is invalid', async () => {
    apns.order({ status: 503 })
    await expect(client.push({ body: '' })).resolves.toMatchObject({ status: 400 })
    await expect(client.push()).resolves.toMatchObject({ status: 503 })
  })

  it('forgets its orders', async () => {
    apns.order({ status: 503 }, { times: Number.POSITIVE_INFINITY })
    apns.clearOrders()
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
  })

  it('accepts at once and answers later', async () => {
    apns.order({ delayMs: 150 })
    const answer = client.push()
    await apns.waitFor(received => received.length === 1)
    expect(apns.acceptedCount(TOKEN)).toBe(1)
    const seen = performance.now()
    await expect(answer).resolves.toMatchObject({ status: 200 })
    expect(performance.now() - seen).toBeGreaterThan(100)
  })

  it.each([
    [{ hang: true } as const, 0],
    [{ acceptThenHang: true } as const, 1],
  ])('never answers: %o', async (fault, accepted) => {
    await client.push({ token: OTHER })
    apns.order(fault)
    const silent = client.push()
    await apns.waitFor(received => received.length === 2)
    // What came later is answered, on the same connection: the first is not merely slow.
    await expect(client.push({ token: OTHER })).resolves.toMatchObject({ status: 200 })
    expect(apns.received[1]).toMatchObject({ status: null, accepted: accepted === 1 })
    expect(apns.acceptedCount(TOKEN)).toBe(accepted)
    client.close()
    await expect(silent).rejects.toThrow()
  })

  it.each([
    [{ reset: true } as const, 'NGHTTP2_INTERNAL_ERROR'],
    [{ refuseStream: true } as const, 'NGHTTP2_REFUSED_STREAM'],
  ])('resets the stream: %o', async (fault, name) => {
    apns.order(fault)
    await expect(client.push()).rejects.toThrow(name)
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
    expect(apns.acceptedCount(TOKEN)).toBe(1)
    expect(apns.connectionsTotal).toBe(1)
  })

  it('sends headers and never the end of the body', async () => {
    apns.order({ endlessBody: true })
    const stream = client.open()
    stream.on('error', () => undefined)
    const [headers] = await once(stream, 'response')
    expect(headers[':status']).toBe(200)
    const [chunk] = await once(stream, 'data')
    expect(String(chunk)).toBe('{"reason":')
    expect(stream.readableEnded).toBe(false)
  })

  it('sends GOAWAY and refuses the push', async () => {
    await client.push()
    apns.order({ goaway: true })
    const goaway = once(client.session, 'goaway')
    await expect(client.push()).rejects.toThrow(/NGHTTP2_REFUSED_STREAM/)
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
    expect(apns.acceptedCount(TOKEN)).toBe(1)
    const next = connectApns(apns, credentials)
    await expect(next.push()).resolves.toMatchObject({ status: 200 })
    expect(apns.received.at(-1)?.connection).toBe(2)
    next.close()
  })

  it('sends GOAWAY after the push was answered', async () => {
    apns.order({ goaway: true, after: true })
    const goaway = once(client.session, 'goaway')
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
    expect(apns.acceptedCount(TOKEN)).toBe(1)
  })
})

describe('streams', () => {
  it('allows one stream until the first accepted push: the rest of a cold burst is refused', async () => {
    const burst = await Promise.allSettled(Array.from({ length: 50 }, () => client.push()))
    expect(burst.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const reasons = burst.flatMap(result =>
      result.status === 'rejected' ? [String(result.reason.message)] : [],
    )
    expect(reasons).toHaveLength(49)
    expect(new Set(reasons)).toEqual(new Set(['Stream closed with error code NGHTTP2_REFUSED_STREAM']))
  })

  it('allows a thousand after the first accepted push', async () => {
    expect((await once(client.session, 'remoteSettings'))[0].maxConcurrentStreams).toBe(1)
    const raised = once(client.session, 'remoteSettings')
    await client.push()
    expect((await raised)[0].maxConcurrentStreams).toBe(1000)
    const burst = await Promise.all(Array.from({ length: 300 }, () => client.push()))
    expect(burst.every(({ status }) => status === 200)).toBe(true)
    expect(apns.connectionsTotal).toBe(1)
  })

  it('keeps the first limit while nothing was accepted', async () => {
    await client.push({ body: '' })
    expect(client.session.remoteSettings.maxConcurrentStreams).toBe(1)
  })

  it('lowers the limit of a connection to 1 and raises it again, and loses nothing', async () => {
    await client.push()
    const lowered = once(client.session, 'remoteSettings')
    apns.setStreamLimit(1)
    expect((await lowered)[0].maxConcurrentStreams).toBe(1)
    const slow = await Promise.all(Array.from({ length: 100 }, () => client.push()))
    apns.setStreamLimit(1000)
    const fast = await Promise.all(Array.from({ length: 100 }, () => client.push()))
    expect([...slow, ...fast].every(({ status }) => status === 200)).toBe(true)
    expect(apns.acceptedCount(TOKEN)).toBe(201)
  })
})
