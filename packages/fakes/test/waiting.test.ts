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

it('waitFor resolves as soon as the predicate is true, or at once if it already is', async () => {
  const seen = apns.waitFor(received => received.some(({ accepted }) => accepted))
  await client.push()
  await expect(seen).resolves.toHaveLength(1)
  await expect(apns.waitFor(received => received.length === 1)).resolves.toHaveLength(1)
})

it('waitFor rejects with a list of what was received, without whole tokens', async () => {
  await client.push()
  await client.push({ body: '' })
  const failed = await apns.waitFor(() => false, { timeoutMs: 20 }).catch((error: Error) => error.message)
  expect(failed).toBe('Not seen within 20 ms; received 2: …ababab 200 (accepted), …ababab 400 PayloadEmpty')
  expect(failed).not.toContain(TOKEN)
})

it('waitFor rejects with the error that the predicate throws', async () => {
  const failed = apns.waitFor(received => {
    if (received.length > 0) throw new Error('a bug in the test')
    return false
  })
  const [, answer] = await Promise.allSettled([failed, client.push()])
  await expect(failed).rejects.toThrow('a bug in the test')
  expect(answer).toMatchObject({ status: 'fulfilled' })
})

it('waitFor rejects when the server closes', async () => {
  const other = await startFakeApns({ credentials, environment: 'sandbox' })
  const waiting = expect(other.waitFor(() => false)).rejects.toThrow('Closed while waiting; received nothing')
  await other.close()
  await waiting
})

it('onPush calls a listener for every push until the listener is removed', async () => {
  const seen: string[] = []
  const off = apns.onPush(({ status }) => seen.push(String(status)))
  await client.push()
  await client.push({ body: '' })
  off()
  await client.push()
  expect(seen).toEqual(['200', '400'])
})

it('received has the time, headers, body and size of each push', async () => {
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
