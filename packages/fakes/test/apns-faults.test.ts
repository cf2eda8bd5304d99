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

describe('the stand-in for APNs', () => {
  it('answers one push as ordered', async () => {
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

  it('applies an order for one token to that token only, as often as ordered', async () => {
    apns.order({ status: 503 }, { token: OTHER, times: 2 })
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
    await expect(client.push({ token: OTHER })).resolves.toMatchObject({ status: 503 })
    await expect(client.push({ token: OTHER })).resolves.toMatchObject({ status: 503 })
    await expect(client.push({ token: OTHER })).resolves.toMatchObject({ status: 200 })
    expect(apns.acceptedCount(OTHER)).toBe(1)
    expect(apns.accepted(TOKEN)).toHaveLength(1)
  })

  it('does not use up an order for an invalid request', async () => {
    apns.order({ status: 503 })
    await expect(client.push({ body: '' })).resolves.toMatchObject({ status: 400 })
    await expect(client.push()).resolves.toMatchObject({ status: 503 })
  })

  it('ignores orders that were cleared', async () => {
    apns.order({ status: 503 }, { times: Number.POSITIVE_INFINITY })
    apns.clearOrders()
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
  })

  it('treats pushes that no order matches by its rule, until the orders are cleared', async () => {
    const first = await client.push()
    expect(first.status).toBe(200)
    const other = connectApns(apns, credentials)
    apns.setRule(({ connection }) => (connection === 1 ? { status: 503 } : null))
    apns.order({ status: 429 }, { token: OTHER })
    await expect(client.push({ token: OTHER })).resolves.toMatchObject({ status: 429 })
    await expect(client.push()).resolves.toMatchObject({ status: 503 })
    await expect(other.push()).resolves.toMatchObject({ status: 200 })
    await expect(client.push()).resolves.toMatchObject({ status: 503 })
    apns.clearOrders()
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
    other.close()
  })

  it('records when it answers, and from which port a push came', async () => {
    apns.order({ delayMs: 150 }, { times: 1 })
    await client.push()
    apns.order({ hang: true })
    client.push().catch(() => undefined)
    const [slow, silent] = await apns.waitFor(({ length }) => length === 2)
    expect((slow?.answeredAt ?? 0) - (slow?.at ?? 0)).toBeGreaterThanOrEqual(150)
    expect(silent?.answeredAt).toBeNull()
    expect(slow?.remotePort).toBe(client.session.socket.localPort)
  })

  it('answers at once, and records that the phone gets the push later, as ordered', async () => {
    apns.order({ deliverAfterMs: 60_000 })
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
    await client.push()
    expect(apns.received).toMatchObject([
      { accepted: true, fault: 'deliverAfterMs', deliverAfterMs: 60_000 },
      { accepted: true, fault: null, deliverAfterMs: 0 },
    ])
  })

  it('accepts at once and answers later, as ordered', async () => {
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
  ])('never answers a push, as ordered: %o', async (fault, accepted) => {
    await client.push({ token: OTHER })
    apns.order(fault)
    const silent = client.push()
    await apns.waitFor(received => received.length === 2)
    // A later push on the same connection is answered, so the first is not merely slow.
    await expect(client.push({ token: OTHER })).resolves.toMatchObject({ status: 200 })
    expect(apns.received[1]).toMatchObject({ status: null, accepted: accepted === 1 })
    expect(apns.acceptedCount(TOKEN)).toBe(accepted)
    client.close()
    await expect(silent).rejects.toThrow()
  })

  it.each([
    [{ reset: true } as const, 'NGHTTP2_INTERNAL_ERROR'],
    [{ refuseStream: true } as const, 'NGHTTP2_REFUSED_STREAM'],
  ])('resets the stream, as ordered: %o', async (fault, name) => {
    apns.order(fault)
    await expect(client.push()).rejects.toThrow(name)
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
    expect(apns.acceptedCount(TOKEN)).toBe(1)
    expect(apns.connectionsTotal).toBe(1)
  })

  it('sends headers and a body that never ends, as ordered', async () => {
    apns.order({ endlessBody: true })
    const stream = client.open()
    stream.on('error', () => undefined)
    const [headers] = await once(stream, 'response')
    expect(headers[':status']).toBe(200)
    const [chunk] = await once(stream, 'data')
    expect(String(chunk)).toBe('{"reason":')
    expect(stream.readableEnded).toBe(false)
  })

  it('sends GOAWAY and refuses the push, as ordered', async () => {
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

  it('applies an order for one connection to no other one', async () => {
    const next = connectApns(apns, credentials)
    await client.push()
    await next.push()
    apns.order({ status: 503 }, { connection: 2, times: 9 })
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
    await expect(next.push()).resolves.toMatchObject({ status: 503 })
    next.close()
  })

  it('counts PINGs, and sends GOAWAY on one connection without a push', async () => {
    const next = connectApns(apns, credentials)
    await client.push()
    await next.push()
    await new Promise(resolve => next.session.ping(resolve))
    expect([apns.pings(1), apns.pings(2)]).toEqual([0, 1])
    const goaway = once(next.session, 'goaway')
    apns.goaway(2)
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
    next.close()
  })

  it('sends GOAWAY after it has answered the push, as ordered', async () => {
    apns.order({ goaway: true, after: true })
    const goaway = once(client.session, 'goaway')
    await expect(client.push()).resolves.toMatchObject({ status: 200 })
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
    expect(apns.acceptedCount(TOKEN)).toBe(1)
  })
})

describe('a connection to the stand-in for APNs', () => {
  it('has one stream until the first accepted push, so the rest of an early burst is refused', async () => {
    const burst = await Promise.allSettled(Array.from({ length: 50 }, () => client.push()))
    expect(burst.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const reasons = burst.flatMap(result =>
      result.status === 'rejected' ? [String(result.reason.message)] : [],
    )
    expect(reasons).toHaveLength(49)
    expect(new Set(reasons)).toEqual(new Set(['Stream closed with error code NGHTTP2_REFUSED_STREAM']))
  })

  it('has a thousand streams after the first accepted push', async () => {
    expect((await once(client.session, 'remoteSettings'))[0].maxConcurrentStreams).toBe(1)
    const raised = once(client.session, 'remoteSettings')
    await client.push()
    expect((await raised)[0].maxConcurrentStreams).toBe(1000)
    const burst = await Promise.all(Array.from({ length: 300 }, () => client.push()))
    expect(burst.every(({ status }) => status === 200)).toBe(true)
    expect(apns.connectionsTotal).toBe(1)
  })

  it('keeps the initial limit until a push is accepted', async () => {
    await client.push({ body: '' })
    expect(client.session.remoteSettings.maxConcurrentStreams).toBe(1)
  })

  it('loses no push when its stream limit is lowered to 1 and raised again', async () => {
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
