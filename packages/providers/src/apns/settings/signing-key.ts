import { readFileSync } from 'node:fs'
import { type Env, text, unreadable } from '@ringer/service'
import { z } from 'zod'
import { keyTypeOf, withNewlines } from '../../private-key.ts'

const tenCharacters = z
  .string()
  .regex(/^[A-Z0-9]{10}$/, 'must be the ten characters that Apple shows')
  .optional()

const p8 = {
  description: 'the `.p8` key: its text, or its path. iPhones are not rung without a key or a certificate',
}

const keyIds = { description: "the key's id and your team's, ten characters each" }

export const signingKeyFields = {
  APNS_KEY: text.meta(p8),
  APNS_KEY_PATH: text.meta(p8),
  APNS_KEY_ID: tenCharacters.meta(keyIds),
  APNS_TEAM_ID: tenCharacters.meta(keyIds),
}

/** The key that signs provider tokens, with its id and its team. */
export interface SigningKey {
  kind: 'token'
  /** PKCS #8 PEM, the contents of the .p8. */
  key: string
  keyId: string
  teamId: string
}

/** Returns the faults of the .p8 key's variables, by name. */
export function checkSigningKey(env: Env): Record<string, string> {
  const faults: Record<string, string> = {}
  for (const name of ['APNS_KEY_ID', 'APNS_TEAM_ID']) {
    if (!env[name]) faults[name] = 'is required to reach APNs'
  }
  if (!env.APNS_KEY && !env.APNS_KEY_PATH)
    faults.APNS_KEY_PATH =
      "is required to reach APNs: the path of the .p8 file (or set APNS_KEY to the file's text, or APNS_CERT_PATH for a certificate)"
  if (env.APNS_KEY && env.APNS_KEY_PATH) faults.APNS_KEY_PATH = 'is set together with APNS_KEY; keep one'
  Object.assign(faults, unreadable(env, 'APNS_KEY_PATH'))
  const key =
    env.APNS_KEY ??
    (env.APNS_KEY_PATH && !faults.APNS_KEY_PATH ? readFileSync(env.APNS_KEY_PATH, 'utf8') : undefined)
  const type = key === undefined ? 'ec' : keyTypeOf(key)
  if (type !== 'ec') faults[env.APNS_KEY ? 'APNS_KEY' : 'APNS_KEY_PATH'] = wrongKey(type)
  return faults
}

const wrongKey = (type: string | undefined) =>
  type === undefined
    ? 'is not a complete .p8 key: it must run from -----BEGIN PRIVATE KEY----- to the end, with its line breaks or \\n'
    : `is not a .p8 key: it has the type ${type}, but Apple's keys have the type ec (P-256)`

/** Returns the .p8 key, or undefined if none is set. */
export function buildSigningKey(env: Env): SigningKey | undefined {
  const key = env.APNS_KEY ?? (env.APNS_KEY_PATH && readFileSync(env.APNS_KEY_PATH, 'utf8'))
  const { APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId } = env
  return key && keyId && teamId ? { kind: 'token', key: withNewlines(key), keyId, teamId } : undefined
}
