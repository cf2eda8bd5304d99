import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { oneOf, text, url } from './fields.ts'
import type { ConfigGroup, Env } from './load-config.ts'
import { isPrivateKey, withNewlines } from './private-key.ts'
import { unreadable } from './read-file.ts'

const fields = {
  GOOGLE_APPLICATION_CREDENTIALS: text,
  FIREBASE_PROJECT_ID: text,
  FIREBASE_CLIENT_EMAIL: text,
  FIREBASE_PRIVATE_KEY: text,
  FCM_URL: url('https:', 'http:'),
  FCM_TOKEN_URL: url('https:', 'http:'),
  FCM_CA_PATH: text,
  FCM_CALL_TYPE: oneOf('incoming_call', 'call'),
  FCM_STOP_ACTION: oneOf('exact', 'cancelled'),
}

/** https://cloud.google.com/iam/docs/keys-create-delete: the file that Firebase's console hands out. */
const serviceAccount = z.object({
  project_id: z.string().min(1),
  client_email: z.string().min(1),
  private_key: z.string().refine(key => isPrivateKey(key, 'rsa')),
})

/** Firebase's service account, or undefined where none is given: then the provider is off. */
export const fcmGroup = {
  fields,
  check(env: Env) {
    const faults: Record<string, string> = {}
    const three = ['FIREBASE_PROJECT_ID', 'FIREBASE_CLIENT_EMAIL', 'FIREBASE_PRIVATE_KEY']
    const given = three.filter(name => env[name])
    const path = env.GOOGLE_APPLICATION_CREDENTIALS
    if (path) {
      Object.assign(faults, unreadable(env, 'GOOGLE_APPLICATION_CREDENTIALS'))
      if (Object.keys(faults).length === 0 && !readServiceAccount(path)) {
        faults.GOOGLE_APPLICATION_CREDENTIALS =
          'is not the JSON of a service account: it must have project_id, client_email and a whole private_key'
      }
      for (const name of given) faults[name] = 'is given beside GOOGLE_APPLICATION_CREDENTIALS; keep one'
    } else if (given.length > 0) {
      for (const name of three) if (!env[name]) faults[name] = 'is required to reach FCM'
      if (env.FIREBASE_PRIVATE_KEY && !isPrivateKey(env.FIREBASE_PRIVATE_KEY, 'rsa')) {
        faults.FIREBASE_PRIVATE_KEY =
          'is not a whole private key: it must run from -----BEGIN PRIVATE KEY----- to the end, line breaks or \\n included'
      }
    }
    Object.assign(faults, unreadable(env, 'FCM_CA_PATH'))
    return faults
  },
  build(values) {
    const account = values.GOOGLE_APPLICATION_CREDENTIALS
      ? readServiceAccount(values.GOOGLE_APPLICATION_CREDENTIALS)
      : {
          project_id: values.FIREBASE_PROJECT_ID,
          client_email: values.FIREBASE_CLIENT_EMAIL,
          private_key: values.FIREBASE_PRIVATE_KEY,
        }
    if (!account?.project_id || !account.client_email || !account.private_key) return undefined
    return {
      projectId: account.project_id,
      clientEmail: account.client_email,
      privateKey: withNewlines(account.private_key),
      url: values.FCM_URL ?? 'https://fcm.googleapis.com',
      tokenUrl: values.FCM_TOKEN_URL ?? 'https://oauth2.googleapis.com/token',
      ca: values.FCM_CA_PATH && readFileSync(values.FCM_CA_PATH, 'utf8'),
      callType: values.FCM_CALL_TYPE ?? ('incoming_call' as const),
      stopAction: values.FCM_STOP_ACTION ?? ('exact' as const),
    }
  },
} satisfies ConfigGroup<typeof fields, unknown>

function readServiceAccount(path: string) {
  try {
    return serviceAccount.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data
  } catch {
    return undefined
  }
}
