import { basicAuthorization, deliverWebhook } from '@ringer/fakes/cometchat'
import { expect } from 'vitest'
import { signalledEnd, signalledRing } from '../packages/payloads/test/webhooks.ts'
import { registrationKey, secret } from './world.ts'

/** The default session of a call. */
export const DEFAULT_SESSION_ID = 'v1.eu.9f86d081884c7d65'

/** A tests' machine is busy: longer than CometChat waits. */
const TIMEOUT_MS = 20_000

/** A `call_initiated` in the documented dialect, from Alice to Bob, as of now. */
export const initiated = (call: { sessionId?: string; sentAt?: number } = {}) =>
  signalledRing({ sessionId: DEFAULT_SESSION_ID, sentAt: Date.now(), ...call })

/** An end in the documented dialect, with the session id that real deliveries have. */
export const ended = (action: Parameters<typeof signalledEnd>[0], sessionId = DEFAULT_SESSION_ID) =>
  signalledEnd(action, { sessionId, sentAt: Date.now() })

export const basic = basicAuthorization

export interface Answer {
  status: number
  body: { status?: string; reason?: string; error?: { code: string; message: string }; deviceId?: string }
}

/**
 * Delivers a webhook as CometChat does, signed unless `headers` replaces the signature.
 *
 * @throws when no answer came
 */
export async function deliver(
  url: string,
  webhook: unknown,
  { path = '/webhooks/cometchat', headers }: { path?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const request = { url: `${url}${path}`, body: webhook, secret, headers, timeoutMs: TIMEOUT_MS }
  const { status, body } = await deliverWebhook(request)
  if (status === 0) throw new Error(String(body))
  return { status, body: body as Answer['body'] }
}

/** Repeats a webhook until it is stored, as CometChat does after a 503: for a Redis that has just started. */
export async function deliverUntilStored(url: string, webhook: unknown): Promise<void> {
  await expect
    .poll(async () => (await deliver(url, webhook)).status, { timeout: 15_000, interval: 250 })
    .toBe(200)
}

/** Calls `act` with every item, for `atOnce` of them at a time. They may finish in any order. */
export async function eachOf<Item>(
  items: Iterable<Item>,
  atOnce: number,
  act: (item: Item) => Promise<unknown>,
) {
  const waiting = items[Symbol.iterator]()
  const turns = Array.from({ length: atOnce }, async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await act(next.value)
  })
  await Promise.all(turns)
}

export const tokens = { iphone: 'a1'.repeat(32), android: 'fcm-registration-token:APA91bBob_android' }

/** Registers a phone as an app's backend does. */
export async function register(url: string, body: object, key = registrationKey): Promise<Answer> {
  return post(`${url}/api/push/register`, JSON.stringify(body), { authorization: `Bearer ${key}` })
}

/** Sends JSON. */
export async function post(url: string, body: string, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : {} }
}
