import { createHmac } from 'node:crypto'

export type WebhookCredentials = { username?: string; password?: string; secret?: string }

/** The headers that prove a webhook: Basic, a hex HMAC-SHA256 of the raw body, or both. */
export function signWebhook(
  rawBody: string,
  { username, password, secret }: WebhookCredentials,
): Record<string, string> {
  return {
    ...(username === undefined || password === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }),
    ...(secret === undefined
      ? {}
      : { 'x-cometchat-signature': createHmac('sha256', secret).update(rawBody).digest('hex') }),
  }
}
