import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import { signalledEnd, signalledRing } from '../packages/payloads/test/webhooks.ts'
import { type login, registrationKey, secret } from './world.ts'

/** The session of a call that names no other. */
export const SESSION_ID = 'v1.eu.9f86d081884c7d65'

/** A documented `call_initiated`, from Alice to Bob, as of now. */
export const initiated = (call: { sessionId?: string; sentAt?: number } = {}) =>
  signalledRing({ sessionId: SESSION_ID, sentAt: Date.now(), ...call })

/** An end in the documented dialect, with the session id that real deliveries have. */
export const ended = (action: Parameters<typeof signalledEnd>[0], sessionId = SESSION_ID) =>
  signalledEnd(action, { sessionId, sentAt: Date.now() })

export const basic = ({ username, password }: typeof login) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

export const sign = (body: string | Buffer, key = secret) =>
  createHmac('sha256', key).update(body).digest('hex')

export interface Answer {
  status: number
  body: { status?: string; reason?: string; error?: { code: string; message: string }; deviceId?: string }
  headers: Headers
}

/** Delivers a webhook as CometChat does, signed unless the headers say otherwise. */
export async function deliver(
  url: string,
  webhook: unknown,
  options: { path?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const body = typeof webhook === 'string' || webhook instanceof Buffer ? webhook : JSON.stringify(webhook)
  const headers = options.headers ?? { 'x-cometchat-signature': sign(body) }
  return post(`${url}${options.path ?? '/webhooks/cometchat'}`, body, {
    'content-type': 'Application/json',
    ...headers,
  })
}

/** Delivers a webhook until it is stored, as CometChat does after a 503: for a Redis that has only just come up. */
export async function deliverUntilStored(url: string, webhook: unknown): Promise<void> {
  await expect
    .poll(async () => (await deliver(url, webhook)).status, { timeout: 15_000, interval: 250 })
    .toBe(200)
}

/** Does this with each item, so many at a time; the order in which they end is theirs. */
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
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  return post(`${url}/api/push/register`, JSON.stringify(body), headers)
}

export async function post(
  url: string,
  body: string | Buffer,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body: Uint8Array.from(Buffer.from(body)), headers })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : {}, headers: response.headers }
}
