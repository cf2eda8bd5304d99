import { createStandInCredentials, type FakeFcm, type StandInCredentials, startFakeFcm } from '@ringer/fakes'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectFcm, message, REGISTRATION } from './fcm-client.ts'

let credentials: StandInCredentials
let fcm: FakeFcm
let client: ReturnType<typeof connectFcm>

beforeAll(async () => {
  credentials = await createStandInCredentials()
})
beforeEach(async () => {
  fcm = await startFakeFcm({ credentials })
  client = connectFcm(fcm, credentials)
})
afterEach(async () => {
  client.close()
  await fcm.close()
})

it.each([
  ['QUOTA_EXCEEDED', 429, 'RESOURCE_EXHAUSTED'],
  ['SENDER_ID_MISMATCH', 403, 'PERMISSION_DENIED'],
  ['UNREGISTERED', 404, 'NOT_FOUND'],
  ['UNAVAILABLE', 503, 'UNAVAILABLE'],
  ['INTERNAL', 500, 'INTERNAL'],
])('answers %s as ordered', async (reason, status, canonical) => {
  fcm.order({ status, reason, retryAfter: 3 }, { token: REGISTRATION })
  await expect(client.send(message({ token: 'another' }))).resolves.toMatchObject({ status: 200 })
  const answer = await client.send()
  expect(answer).toMatchObject({ status, headers: { 'retry-after': '3' } })
  expect(answer.body).toMatchObject({ error: { status: canonical, details: [{ errorCode: reason }] } })
  await expect(client.send()).resolves.toMatchObject({ status: 200 })
  expect(fcm.acceptedCount(REGISTRATION)).toBe(1)
})

it('answers with a body as ordered', async () => {
  fcm.order({ status: 502, body: '<html>bad gateway</html>' })
  await expect(client.send()).resolves.toMatchObject({ status: 502, text: '<html>bad gateway</html>' })
})

it('sends no Keep-Alive timeout, as Google sends none', async () => {
  const { headers } = await client.send()
  expect(headers).toHaveProperty('connection', 'keep-alive')
  expect(headers).not.toHaveProperty('keep-alive')
})

it('records the data that the app gets', async () => {
  await client.send()
  expect(fcm.received[0]).toMatchObject({
    token: REGISTRATION,
    data: { type: 'incoming_call' },
    connection: 1,
  })
  expect(fcm.accepted()).toHaveLength(1)
})

it.each([
  [{ hang: true } as const, 0],
  [{ acceptThenHang: true } as const, 1],
  [{ endlessBody: true } as const, 1],
])('never completes its answer, as ordered: %o', async (fault, accepted) => {
  fcm.order(fault)
  const silent = client.send()
  await fcm.waitFor(received => received.length === 1)
  expect(fcm.acceptedCount(REGISTRATION)).toBe(accepted)
  const second = connectFcm(fcm, credentials)
  await expect(second.send()).resolves.toMatchObject({ status: 200 })
  second.close()
  await fcm.close()
  await expect(silent).rejects.toThrow()
})

it('resets the connection as ordered', async () => {
  fcm.order({ reset: true })
  await expect(client.send()).rejects.toMatchObject({ code: 'ECONNRESET' })
  await expect(client.send()).resolves.toMatchObject({ status: 200 })
  expect(fcm.acceptedCount(REGISTRATION)).toBe(1)
  expect(fcm.connectionsTotal).toBe(2)
})

it('accepts at once and answers later, as ordered', async () => {
  fcm.order({ delayMs: 100 })
  const start = performance.now()
  await expect(client.send()).resolves.toMatchObject({ status: 200 })
  expect(performance.now() - start).toBeGreaterThan(90)
})

it('silences a frozen connection, and answers on it after the thaw', async () => {
  await client.send()
  fcm.freeze()
  const late = client.send()
  const second = connectFcm(fcm, credentials)
  await expect(second.send()).resolves.toMatchObject({ status: 200 })
  second.close()
  expect(fcm.acceptedCount(REGISTRATION)).toBe(2)
  fcm.thaw()
  await expect(late).resolves.toMatchObject({ status: 200 })
  expect(fcm.received.map(({ connection }) => connection)).toEqual([1, 2, 1])
})

it('keeps a connection open for many requests', async () => {
  for (let count = 0; count < 20; count += 1) await client.send()
  expect(fcm.connectionsTotal).toBe(1)
})

describe('token requests', () => {
  it('fail as ordered', async () => {
    fcm.orderTokenRequest({ status: 503, body: '{"error":"unavailable"}' })
    await expect(client.askToken()).resolves.toMatchObject({ status: 503, body: { error: 'unavailable' } })
    fcm.orderTokenRequest({ reset: true })
    await expect(client.askToken()).rejects.toMatchObject({ code: 'ECONNRESET' })
    await expect(client.askToken()).resolves.toMatchObject({ status: 200 })
    expect(fcm.tokenRequests).toBe(3)
    expect(fcm.received).toHaveLength(0)
  })

  it('hang as ordered', async () => {
    fcm.orderTokenRequest({ hang: true })
    const silent = client.askToken()
    const second = connectFcm(fcm, credentials)
    await expect.poll(() => fcm.tokenRequests).toBe(1)
    await expect(second.askToken()).resolves.toMatchObject({ status: 200 })
    second.close()
    client.close()
    await expect(silent).rejects.toThrow()
  })
})
