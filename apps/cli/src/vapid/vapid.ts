import { createVapidKeys } from '@ringer/providers/senders'
import { readArgs } from '../usage-error.ts'

export const vapidUsage = `ringer vapid: makes the key pair with which browsers are rung

  npm run ringer -- vapid

Prints three settings: the worker needs all of them, the ingress the public key. Browsers subscribe with the public key,
so keep the pair: with another one, every browser has to subscribe again.`

/** Prints a new VAPID pair as settings. */
export async function vapid(args: string[]): Promise<number> {
  readArgs({ args, options: {} })
  const { publicKey, privateKey } = createVapidKeys()
  process.stdout.write(`VAPID_PUBLIC_KEY=${publicKey}
VAPID_PRIVATE_KEY=${privateKey}
VAPID_SUBJECT=mailto:you@example.com
`)
  return 0
}
