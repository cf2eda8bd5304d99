import { readFileSync } from 'node:fs'
import { type ConfigGroup, type Env, hostNames, text, unreadable } from '@ringer/service'
import { publicKeyOf, readPublicKey, readSecret } from '../keys.ts'

/** What a worker needs to send to browsers. */
export interface WebPushSettings {
  /** The VAPID pair, in base64url. Browsers subscribe with the public key, and accept pushes signed with the private one. */
  publicKey: string
  privateKey: string
  /** Where push services can reach us: `mailto:` or https. */
  subject: string
  /** Hosts that may be at an inside address, on any port. */
  endpointHosts: readonly string[]
  /** A certificate to trust at these hosts, PEM. */
  ca: string | undefined
}

const NAMES = ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY', 'VAPID_SUBJECT'] as const
const PAIR = 'npm run ringer -- vapid prints a pair'

const fields = {
  VAPID_PUBLIC_KEY: text.meta({
    description:
      'the public key of the pair that `npm run ringer -- vapid` prints. Browsers are not rung without the pair',
  }),
  VAPID_PRIVATE_KEY: text.meta({ description: 'the private key of that pair' }),
  VAPID_SUBJECT: text.meta({
    description: 'where push services can reach you: a `mailto:` or https address',
  }),
  WEBPUSH_ENDPOINT_HOSTS: hostNames.meta({
    description: 'only for a stand-in or a push service of your own: hosts that need not be public',
  }),
  WEBPUSH_CA_PATH: text.meta({ description: 'their CA, PEM' }),
}

/** The VAPID pair (RFC 8292). If nothing of it is set, it is undefined and the provider is off. */
export const webpushSettings = {
  fields,
  check(env: Env) {
    const faults: Record<string, string> = {}
    const missing = NAMES.filter(name => !env[name])
    if (missing.length < NAMES.length) {
      for (const name of missing) faults[name] = `is required to ring browsers; ${fixes[name]}`
    }
    const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = env
    Object.assign(faults, checkPublicKey(env))
    if (privateKey) {
      const secret = readSecret(privateKey, 32)
      const isPair = secret !== undefined && publicKeyOf(secret) === readPublicKey(publicKey ?? '')
      if (secret === undefined) faults.VAPID_PRIVATE_KEY = `must be 32 bytes in base64url; ${PAIR}`
      else if (publicKey && !faults.VAPID_PUBLIC_KEY && !isPair)
        faults.VAPID_PRIVATE_KEY = `does not belong to VAPID_PUBLIC_KEY; ${PAIR}`
    }
    if (subject && !isSubject(subject)) faults.VAPID_SUBJECT = fixes.VAPID_SUBJECT
    return { ...faults, ...unreadable(env, 'WEBPUSH_CA_PATH') }
  },
  build(values): WebPushSettings | undefined {
    const publicKey = readPublicKey(values.VAPID_PUBLIC_KEY ?? '')
    const privateKey = readSecret(values.VAPID_PRIVATE_KEY ?? '', 32)
    const subject = values.VAPID_SUBJECT
    if (publicKey === undefined || privateKey === undefined || subject === undefined) return undefined
    return {
      ...{ publicKey, privateKey, subject },
      endpointHosts: lowerCase(values.WEBPUSH_ENDPOINT_HOSTS),
      ca: values.WEBPUSH_CA_PATH && readFileSync(values.WEBPUSH_CA_PATH, 'utf8'),
    }
  },
} satisfies ConfigGroup<typeof fields, WebPushSettings | undefined>

const appFields = {
  VAPID_PUBLIC_KEY: fields.VAPID_PUBLIC_KEY,
  WEBPUSH_ENDPOINT_HOSTS: fields.WEBPUSH_ENDPOINT_HOSTS,
}

/** The part of the settings that the ingress needs: what browsers subscribe with, and which endpoints may be registered. */
export const webpushAppSettings = {
  fields: appFields,
  check: checkPublicKey,
  build: values => ({
    publicKey: readPublicKey(values.VAPID_PUBLIC_KEY ?? ''),
    endpointHosts: lowerCase(values.WEBPUSH_ENDPOINT_HOSTS),
  }),
} satisfies ConfigGroup<typeof appFields, { publicKey: string | undefined; endpointHosts: readonly string[] }>

const fixes = {
  VAPID_PUBLIC_KEY: PAIR,
  VAPID_PRIVATE_KEY: PAIR,
  VAPID_SUBJECT:
    'must be where push services can reach you: mailto:you@example.com, or an https URL that is not of localhost',
}

function checkPublicKey({ VAPID_PUBLIC_KEY: key }: Env): Record<string, string> {
  if (!key || readPublicKey(key)) return {}
  return { VAPID_PUBLIC_KEY: `must be a point on P-256, 65 bytes in base64url; ${PAIR}` }
}

/** Apple refuses a subject with a space or at localhost (BadJwtToken). */
function isSubject(subject: string): boolean {
  if (/^mailto:[^\s@<>]+@[^\s@<>]+$/.test(subject)) return !subject.endsWith('@localhost')
  return /^https:\/\/\S+$/.test(subject) && URL.canParse(subject) && new URL(subject).hostname !== 'localhost'
}

const lowerCase = (hosts: readonly string[]) => hosts.map(host => host.toLowerCase())
