import { createCipheriv, createECDH, createPrivateKey, hkdfSync, randomBytes } from 'node:crypto'
import { request } from 'node:https'
import type { FakeSubscription, FakeWebPush, StandInCredentials } from '@ringer/fakes'
import { signJwt } from '../apns-client.ts'

export interface WebPushResponse {
  status: number
  headers: Record<string, unknown>
  body: Record<string, unknown>
}

/** Signs a push with the VAPID pair, with changed claims. */
export function authorization(
  { vapid }: StandInCredentials,
  aud: string,
  claims: Record<string, unknown> = {},
  key = vapid.publicKey,
): string {
  const exp = Math.floor(Date.now() / 1_000) + 3_600
  const [x, y] = halves(vapid.publicKey)
  const jwk = { kty: 'EC', crv: 'P-256', x, y, d: vapid.privateKey }
  const pem = createPrivateKey({ key: jwk, format: 'jwk' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString()
  return `vapid t=${signJwt('ES256', pem, {}, { aud, exp, sub: vapid.subject, ...claims })}, k=${key}`
}

function halves(point: string): [x: string, y: string] {
  const bytes = Buffer.from(point, 'base64url')
  return [bytes.subarray(1, 33).toString('base64url'), bytes.subarray(33).toString('base64url')]
}

/** Encrypts a text for a browser: https://www.rfc-editor.org/rfc/rfc8291#section-3.4 */
export function encrypt(text: string, { keys }: Pick<FakeSubscription, 'keys'>): Buffer {
  const receiver = Buffer.from(keys.p256dh, 'base64url')
  const pair = createECDH('prime256v1')
  const sender = pair.generateKeys()
  const salt = randomBytes(16)
  const derive = (secret: Buffer, salted: Buffer, info: Buffer, length: number) =>
    Buffer.from(hkdfSync('sha256', secret, salted, info, length))
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), receiver, sender])
  const secret = derive(pair.computeSecret(receiver), Buffer.from(keys.auth, 'base64url'), info, 32)
  const key = derive(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
  const nonce = derive(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  const record = Buffer.concat([
    cipher.update(text),
    cipher.update(Buffer.from([2])),
    cipher.final(),
    cipher.getAuthTag(),
  ])
  const recordSize = Buffer.alloc(4)
  recordSize.writeUInt32BE(4_096)
  return Buffer.concat([salt, recordSize, Buffer.from([sender.length]), sender, record])
}

/** Sends a push, with changed headers. A header that is undefined is left out. */
export function post(
  { url }: Pick<FakeWebPush, 'url'>,
  credentials: StandInCredentials,
  {
    endpoint,
    body,
    headers = {},
    method = 'POST',
  }: {
    endpoint: string
    body: Buffer
    headers?: Record<string, string | undefined>
    method?: string
  },
): Promise<WebPushResponse> {
  const all = {
    ttl: '30',
    urgency: 'high',
    'content-encoding': 'aes128gcm',
    authorization: authorization(credentials, url),
    ...headers,
  }
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return new Promise((resolve, reject) => {
    const call = request(
      endpoint,
      { method, headers: sent as Record<string, string>, ca: credentials.ca, agent: false },
      async response => {
        const text = Buffer.concat(await response.toArray()).toString()
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text === '' ? {} : JSON.parse(text),
        })
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}
