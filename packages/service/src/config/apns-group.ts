import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { oneOf, text, url } from './fields.ts'
import type { ConfigGroup, Env } from './load-config.ts'
import { isPrivateKey, withNewlines } from './private-key.ts'
import { unreadable } from './read-file.ts'

const tenCharacters = z
  .string()
  .regex(/^[A-Z0-9]{10}$/, 'must be the ten characters that Apple shows')
  .optional()

const fields = {
  APNS_KEY: text,
  APNS_KEY_PATH: text,
  APNS_KEY_ID: tenCharacters,
  APNS_TEAM_ID: tenCharacters,
  APNS_BUNDLE_ID: text,
  APNS_ENVIRONMENT: oneOf('production', 'sandbox'),
  APNS_PRODUCTION_URL: url('https:'),
  APNS_SANDBOX_URL: url('https:'),
  APNS_CA_PATH: text,
}

/** Apple's account, or undefined where no APNs variable is set: then the provider is off. */
export const apnsGroup = {
  fields,
  check(env: Env) {
    const faults: Record<string, string> = {}
    const wanted = ['APNS_KEY', 'APNS_KEY_PATH', 'APNS_KEY_ID', 'APNS_TEAM_ID', 'APNS_BUNDLE_ID']
    if (!wanted.some(name => env[name])) return faults
    for (const name of ['APNS_KEY_ID', 'APNS_TEAM_ID', 'APNS_BUNDLE_ID']) {
      if (!env[name]) faults[name] = 'is required to reach APNs'
    }
    if (!env.APNS_KEY && !env.APNS_KEY_PATH)
      faults.APNS_KEY_PATH = "is required to reach APNs: the .p8 file (or APNS_KEY: the file's text)"
    if (env.APNS_KEY && env.APNS_KEY_PATH) faults.APNS_KEY_PATH = 'is given beside APNS_KEY; keep one'
    for (const name of ['APNS_KEY_PATH', 'APNS_CA_PATH']) Object.assign(faults, unreadable(env, name))
    const key =
      env.APNS_KEY ??
      (env.APNS_KEY_PATH && !faults.APNS_KEY_PATH ? readFileSync(env.APNS_KEY_PATH, 'utf8') : undefined)
    if (key !== undefined && !isPrivateKey(key, 'ec')) {
      faults[env.APNS_KEY ? 'APNS_KEY' : 'APNS_KEY_PATH'] =
        'is not a whole .p8 key: it must run from -----BEGIN PRIVATE KEY----- to the end, line breaks or \\n included'
    }
    return faults
  },
  build(values) {
    const key = values.APNS_KEY ?? (values.APNS_KEY_PATH && readFileSync(values.APNS_KEY_PATH, 'utf8'))
    const { APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId, APNS_BUNDLE_ID: bundleId } = values
    if (!key || !keyId || !teamId || !bundleId) return undefined
    return {
      key: withNewlines(key),
      keyId,
      teamId,
      bundleId,
      environment: values.APNS_ENVIRONMENT ?? ('production' as const),
      urls: {
        production: values.APNS_PRODUCTION_URL ?? 'https://api.push.apple.com',
        sandbox: values.APNS_SANDBOX_URL ?? 'https://api.sandbox.push.apple.com',
      },
      ca: values.APNS_CA_PATH && readFileSync(values.APNS_CA_PATH, 'utf8'),
    }
  },
} satisfies ConfigGroup<typeof fields, unknown>
