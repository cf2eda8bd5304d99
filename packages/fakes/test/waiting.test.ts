import {
  createStandInCredentials,
  type FakeApns,
  type StandInCredentials,
  startFakeApns,
} from '@ringer/fakes'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { connectApns, TOKEN } from './apns-client.ts'

let credentials: StandInCredentials
let apns: FakeApns
let client: ReturnType<typeof connectApns>

beforeAll(async () => {
  credentials = await createStandInCredentials()
  apns = await startFakeApns({ credentials, environment: 'production' })
  client = connectApns(apns, credentials)
})
beforeEach(() => apns.clearReceived())
afterAll(async () => {
  client.close()
  await apns.close()
})

it('resolves as soon as the predicate holds, and at once if it does already', async () => {
  const seen = apns.waitFor(received => received.some(({ accepted }) => accepted))
  await client.push()
  await expect(seen).resolves.toHaveLength(1)
  await expect(apns.waitFor(received => received.length === 1)).resolves.toHaveLength(1)
})

it('rejects saying what was received, without a whole token', async () => {
  await client.push()
  await client.push({ body: '' })
  const failed = await apns.waitFor(() => false, { timeoutMs: 20 }).catch((error: Error) => error.message)
  expect(failed).toBe('Not seen within 20 ms; received 2: …ababab 200 (accepted), …ababab 400 PayloadEmpty')
  expect(failed).not.toContain(TOKEN)
})

it('rejects with the fault of a predicate', async () => {
  const failed = apns.waitFor(received => {
    if (received.length > 0) throw new Error('a bug in the test')
    return false
  })
  const [, answer] = await Promise.allSettled([failed, client.push()])
  await expect(failed).rejects.toThrow('a bug in the test')
  expect(answer).toMatchObject({ status: 'fulfilled' })
})

it('rejects when the server closes', async () => {
  const other = await startFakeApns({ credentials, environment: 'sandbox' })
  const waiting = expect(other.waitFor(() => false)).rejects.toThrow('Closed while waiting; received nothing')
  await other.close()
  await waiting
})

it('tells a listener of every push until it is told to stop', async () => {
  const seen: string[] = []
  const off = apns.onPush(({ status }) => seen.push(String(status)))
  await client.push()
  await client.push({ body: '' })
  off()
  await client.push()
  expect(seen).toEqual(['200', '400'])
})

it('records time, headers, body and size', async () => {
  const before = Date.now()
  await client.push({ body: '{"aps":{},"name":"Zoë"}', headers: { 'apns-expiration': '0' } })
  const [push] = apns.received
  expect(push).toMatchObject({
    token: TOKEN,
    body: { aps: {}, name: 'Zoë' },
    data: { aps: {}, name: 'Zoë' },
    bytes: 24,
    reason: null,
  })
  expect(push?.headers).toMatchObject({ 'apns-expiration': '0', ':method': 'POST' })
  expect(push?.at).toBeGreaterThanOrEqual(before)
})
