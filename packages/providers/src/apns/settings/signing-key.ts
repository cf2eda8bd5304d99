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

const sandboxP8 = {
  description:
    'the `.p8` key for the sandbox, if the key above is for production only, as Apple makes them now: its text, or its path',
}

/** A key for the sandbox besides that for production: Apple's newer keys are for one environment only. */
export const sandboxKeyFields = {
  APNS_SANDBOX_KEY: text.meta(sandboxP8),
  APNS_SANDBOX_KEY_PATH: text.meta(sandboxP8),
  APNS_SANDBOX_KEY_ID: tenCharacters.meta({ description: "that key's id" }),
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
  return { ...faults, ...checkKeyText(env, 'APNS_KEY') }
}

/** Returns the faults of the variables of the sandbox's own key, by name. None of them has to be set. */
export function checkSandboxKey(env: Env): Record<string, string> {
  if (!Object.keys(sandboxKeyFields).some(name => env[name])) return {}
  const faults: Record<string, string> = {}
  if (!env.APNS_SANDBOX_KEY_ID) faults.APNS_SANDBOX_KEY_ID = "is required with the sandbox's own key"
  else if (env.APNS_SANDBOX_KEY_ID === env.APNS_KEY_ID)
    faults.APNS_SANDBOX_KEY_ID =
      'is the same as APNS_KEY_ID; a key that is for both environments needs no APNS_SANDBOX_KEY'
  if (!env.APNS_SANDBOX_KEY && !env.APNS_SANDBOX_KEY_PATH)
    faults.APNS_SANDBOX_KEY_PATH =
      "is required: the path of the .p8 file (or set APNS_SANDBOX_KEY to the file's text)"
  return { ...faults, ...checkKeyText(env, 'APNS_SANDBOX_KEY') }
}

/** Returns the faults of a key that is given as text in `name`, or as a file in `name` + `_PATH`. */
function checkKeyText(env: Env, name: 'APNS_KEY' | 'APNS_SANDBOX_KEY'): Record<string, string> {
  const path = `${name}_PATH` as const
  const faults: Record<string, string> = {}
  if (env[name] && env[path]) faults[path] = `is set together with ${name}; keep one`
  Object.assign(faults, unreadable(env, path))
  const key = env[name] ?? (env[path] && !faults[path] ? readFileSync(env[path], 'utf8') : undefined)
  const type = key === undefined ? 'ec' : keyTypeOf(key)
  if (type !== 'ec') faults[env[name] ? name : path] = wrongKey(type)
  return faults
}

const wrongKey = (type: string | undefined) =>
  type === undefined
    ? 'is not a complete .p8 key: it must run from -----BEGIN PRIVATE KEY----- to the end, with its line breaks or \\n'
    : `is not a .p8 key: it has the type ${type}, but Apple's keys have the type ec (P-256)`

/** Returns the .p8 key, or undefined if none is set. */
export function buildSigningKey(env: Env): SigningKey | undefined {
  return buildKey(env, 'APNS_KEY')
}

/** Returns the key for the sandbox, or undefined if none is set. Both keys belong to the same team. */
export function buildSandboxKey(env: Env): SigningKey | undefined {
  return buildKey(env, 'APNS_SANDBOX_KEY')
}

function buildKey(env: Env, name: 'APNS_KEY' | 'APNS_SANDBOX_KEY'): SigningKey | undefined {
  const path = env[`${name}_PATH`]
  const key = env[name] ?? (path && readFileSync(path, 'utf8'))
  const keyId = env[`${name}_ID`]
  const { APNS_TEAM_ID: teamId } = env
  return key && keyId && teamId ? { kind: 'token', key: withNewlines(key), keyId, teamId } : undefined
}
