import { createHmac } from 'node:crypto'

/** A webhook to sign: its id, when it is sent (epoch ms), and its body as it crosses the wire. */
export interface ToSign {
  id: string
  at: number
  body: string
}

const PREFIX = 'whsec_'

/**
 * Returns the headers of a webhook, as Standard Webhooks 1.0.0 wants them: an HMAC-SHA256 over id, time and body, one for each
 * secret, so that a receiver which knows either the old or the new one accepts it.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 *
 * @param secrets in base64, with or without `whsec_`
 */
export function signEvent({ id, at, body }: ToSign, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000))
  const signatures = secrets.map(secret => {
    const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  }
}
