import { createHmac } from 'node:crypto'
import { type login, registrationKey, secret } from './world.ts'

/** A documented `call_initiated`, from Alice to Bob, as of now. */
export function initiated(overrides: { sessionId?: string; sentAt?: number; id?: string } = {}) {
  const sentAt = Math.floor((overrides.sentAt ?? Date.now()) / 1_000)
  return {
    trigger: 'call_initiated',
    data: {
      call: {
        id: overrides.id ?? '52',
        conversationId: 'alice_user_bob',
        sender: 'alice',
        receiverType: 'user',
        receiver: 'bob',
        category: 'call',
        type: 'video',
        data: {
          action: 'initiated',
          entities: {
            by: { entity: { uid: 'alice', name: 'Alice Andersson' }, entityType: 'user' },
            on: {
              entity: {
                sessionid: overrides.sessionId ?? 'v1.eu.9f86d081884c7d65',
                status: 'initiated',
                type: 'video',
              },
              entityType: 'call',
            },
          },
        },
        sentAt,
        updatedAt: sentAt,
      },
    },
    appId: 'app-1',
    region: 'eu',
    webhook: 'ringer',
  }
}

/** An end in the documented dialect, with the session id that real deliveries have. */
export function ended(
  action: 'cancelled' | 'rejected' | 'unanswered' | 'busy',
  sessionId = 'v1.eu.9f86d081884c7d65',
) {
  const webhook = initiated({ sessionId, id: `9${Math.floor(Math.random() * 1e6)}` })
  const { call } = webhook.data
  call.data.action = action
  call.data.entities.on.entity.status = action
  return { ...webhook, trigger: `call_${action}` }
}

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
