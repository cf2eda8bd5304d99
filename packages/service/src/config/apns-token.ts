import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { text } from './fields.ts'
import type { Env } from './load-config.ts'
import { kindOfKey, withNewlines } from './private-key.ts'
import { unreadable } from './read-file.ts'

const tenCharacters = z
  .string()
  .regex(/^[A-Z0-9]{10}$/, 'must be the ten characters that Apple shows')
  .optional()

export const tokenFields = {
  APNS_KEY: text,
  APNS_KEY_PATH: text,
  APNS_KEY_ID: tenCharacters,
  APNS_TEAM_ID: tenCharacters,
}

/** What provider tokens are signed with, and for whom. */
export interface ApnsToken {
  kind: 'token'
  /** PKCS #8 PEM, the contents of the .p8. */
  key: string
  keyId: string
  teamId: string
}

/** What is wrong with the .p8 key and what belongs to it, by the name of the variable. */
export function checkToken(env: Env): Record<string, string> {
  const faults: Record<string, string> = {}
  for (const name of ['APNS_KEY_ID', 'APNS_TEAM_ID']) {
    if (!env[name]) faults[name] = 'is required to reach APNs'
  }
  if (!env.APNS_KEY && !env.APNS_KEY_PATH)
    faults.APNS_KEY_PATH =
      "is required to reach APNs: the .p8 file (or APNS_KEY: the file's text; or, for a certificate, APNS_CERT_PATH)"
  if (env.APNS_KEY && env.APNS_KEY_PATH) faults.APNS_KEY_PATH = 'is given beside APNS_KEY; keep one'
  Object.assign(faults, unreadable(env, 'APNS_KEY_PATH'))
  const key =
    env.APNS_KEY ??
    (env.APNS_KEY_PATH && !faults.APNS_KEY_PATH ? readFileSync(env.APNS_KEY_PATH, 'utf8') : undefined)
  const kind = key === undefined ? 'ec' : kindOfKey(key)
  if (kind !== 'ec') faults[env.APNS_KEY ? 'APNS_KEY' : 'APNS_KEY_PATH'] = notApples(kind)
  return faults
}

const notApples = (kind: string | undefined) =>
  kind === undefined
    ? 'is not a whole .p8 key: it must run from -----BEGIN PRIVATE KEY----- to the end, line breaks or \\n included'
    : `is not a .p8 key: it is one of the kind ${kind}, and Apple's are of the kind ec (P-256)`

/** The .p8 key, or undefined where none is given. */
export function buildToken(env: Env): ApnsToken | undefined {
  const key = env.APNS_KEY ?? (env.APNS_KEY_PATH && readFileSync(env.APNS_KEY_PATH, 'utf8'))
  const { APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId } = env
  return key && keyId && teamId ? { kind: 'token', key: withNewlines(key), keyId, teamId } : undefined
}
