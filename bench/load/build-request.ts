import { signatureOf } from '@ringer/fakes/cometchat'
import { type BenchCall, webhookOf } from '../stage/calls.ts'
import { SECRET } from '../stage/ringer-settings.ts'

/** Where Ringer and the bare servers take webhooks. */
export const WEBHOOK_PATH = '/webhooks/cometchat'

/** Builds the signed HTTP request of a call's webhook, as one buffer. */
export const buildRequest = (call: Pick<BenchCall, 'sessionId' | 'uid'>): Buffer =>
  requestOf(webhookOf(call, Date.now()))

/** Builds the signed HTTP request of any webhook. */
export function requestOf(webhook: object): Buffer {
  const body = JSON.stringify(webhook)
  const head = [
    `POST ${WEBHOOK_PATH} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-cometchat-signature: ${signatureOf(body, SECRET)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
