import { z } from 'zod'
import { isInside } from '../../outbound/is-inside.ts'
import type { ConfigGroup, Env } from '../config-group.ts'
import { isLoopback, oneOf } from '../fields.ts'
import { refuseGuessable } from '../refuse-guessable.ts'

/** Standard Webhooks asks for 24 to 64 bytes, in base64: https://www.standardwebhooks.com */
const LEAST_BYTES = 24
const MOST_BYTES = 64
const MOST_SECRETS = 2

const secretRule = `must be ${LEAST_BYTES} to ${MOST_BYTES} random bytes in base64, or the new and the old secret with a comma between them; make one with: openssl rand -base64 32`

const secretsOf = (text: string) => text.split(',').map(secret => secret.trim())

function isSecret(secret: string): boolean {
  const [base64 = ''] = secret.split('whsec_').slice(-1)
  const bytes = Buffer.from(base64, 'base64')
  const isBase64 = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '')
  return isBase64 && bytes.length >= LEAST_BYTES && bytes.length <= MOST_BYTES
}

const eventsUrl = z
  .string()
  .refine(
    value => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
    'must be a URL beginning with https:// (or http:// with RINGER_EVENTS_ALLOW_INSIDE=true)',
  )
  .refine(
    value => !URL.canParse(value) || (new URL(value).username === '' && new URL(value).password === ''),
    'must not contain a user name or a password; events are signed with RINGER_EVENTS_SECRET',
  )
  .optional()

const fields = {
  RINGER_EVENTS_URL: eventsUrl.meta({
    description: 'gets a signed POST for [each event of a ring](events.md). Must be https',
  }),
  RINGER_EVENTS_SECRET: z
    .string()
    .refine(text => {
      const secrets = secretsOf(text)
      return secrets.length <= MOST_SECRETS && secrets.every(isSecret)
    }, secretRule)
    .superRefine((text, context) => {
      for (const secret of secretsOf(text)) refuseGuessable(32, 'openssl rand -base64 32')(secret, context)
    })
    .optional()
    .meta({ description: 'signs the events (`openssl rand -base64 32`); `new,old` while you change it' }),
  RINGER_EVENTS_ALLOW_INSIDE: oneOf('true', 'false').meta({
    description: '`true`: the URL may be an inside address, and plain http',
    default: 'false',
  }),
}

/** Where the app's backend gets events, or undefined if it gets none. */
export const eventsGroup = {
  fields,
  check({
    RINGER_EVENTS_URL: url,
    RINGER_EVENTS_SECRET: secret,
    RINGER_EVENTS_ALLOW_INSIDE: allowInside,
  }: Env) {
    const faults: Record<string, string> = {}
    if (url && !secret) faults.RINGER_EVENTS_SECRET = `is required with RINGER_EVENTS_URL; it ${secretRule}`
    for (const name of ['SECRET', 'ALLOW_INSIDE'].map(word => `RINGER_EVENTS_${word}`)) {
      const value = name === 'RINGER_EVENTS_SECRET' ? secret : allowInside
      if (value && !url) faults[name] = 'has no effect without RINGER_EVENTS_URL'
    }
    if (!url || !URL.canParse(url) || allowInside === 'true') return faults
    const { protocol, hostname } = new URL(url)
    const host = hostname.replace(/^\[|\]$/g, '')
    const isAddress = /^[\d.]+$|:/.test(host)
    if (isLoopback(hostname) || (isAddress && isInside(host)))
      faults.RINGER_EVENTS_URL = 'is an inside address; set RINGER_EVENTS_ALLOW_INSIDE=true if that is meant'
    else if (protocol === 'http:')
      faults.RINGER_EVENTS_URL =
        'must be https: plain http is for an inside address, with RINGER_EVENTS_ALLOW_INSIDE=true'
    return faults
  },
  build({ RINGER_EVENTS_URL: url, RINGER_EVENTS_SECRET: secret, RINGER_EVENTS_ALLOW_INSIDE: allowInside }) {
    if (url === undefined || secret === undefined) return undefined
    return { url, secrets: secretsOf(secret), allowInside: allowInside === 'true' }
  },
} satisfies ConfigGroup<typeof fields, unknown>
