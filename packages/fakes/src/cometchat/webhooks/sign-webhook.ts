import { createHmac } from 'node:crypto'

export interface SigningCredentials {
  username?: string
  password?: string
  secret?: string
}

/** The `Authorization` header of a user name and a password. */
export function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** The `x-cometchat-signature` header of a body: its HMAC-SHA256, in hex. */
export function signatureOf(rawBody: string | Buffer, secret: string): string {
  return createHmac('sha256', secret).update(rawBody).digest('hex')
}

/** The headers that prove where a webhook comes from: Basic, a signature of the raw body, or both. */
export function signWebhook(
  rawBody: string | Buffer,
  { username, password, secret }: SigningCredentials,
): Record<string, string> {
  return {
    ...(username !== undefined &&
      password !== undefined && { authorization: basicAuthorization({ username, password }) }),
    ...(secret !== undefined && { 'x-cometchat-signature': signatureOf(rawBody, secret) }),
  }
}
