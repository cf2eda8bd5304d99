import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { unreadable, withNewlines } from './apns-group.ts'
import { oneOf, text, url } from './fields.ts'
import type { ConfigGroup, Env } from './load-config.ts'

const fields = {
  GOOGLE_APPLICATION_CREDENTIALS: text,
  FIREBASE_PROJECT_ID: text,
  FIREBASE_CLIENT_EMAIL: text,
  FIREBASE_PRIVATE_KEY: text,
  FCM_URL: url('https:', 'http:'),
  FCM_TOKEN_URL: url('https:', 'http:'),
  FCM_CA_PATH: text,
  FCM_CALL_TYPE: oneOf('incoming_call', 'call'),
}

/** https://cloud.google.com/iam/docs/keys-create-delete: the file that Firebase's console hands out. */
const serviceAccount = z.object({ project_id: z.string(), client_email: z.string(), private_key: z.string() })

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
          'is not a service account: it must be JSON with project_id, client_email and private_key'
      }
      for (const name of given) faults[name] = 'is given beside GOOGLE_APPLICATION_CREDENTIALS; keep one'
    } else if (given.length > 0) {
      for (const name of three) if (!env[name]) faults[name] = 'is required to reach FCM'
      if (env.FIREBASE_PRIVATE_KEY && !env.FIREBASE_PRIVATE_KEY.includes('PRIVATE KEY')) {
        faults.FIREBASE_PRIVATE_KEY = 'is not a private key: it must hold -----BEGIN PRIVATE KEY-----'
      }
    }
    Object.assign(faults, unreadable(env, 'FCM_CA_PATH'))
    for (const name of ['FCM_URL', 'FCM_TOKEN_URL']) {
      const value = env[name]
      if (value && URL.canParse(value) && plainBeyondLoopback(new URL(value))) {
        faults[name] = 'must be https: plain http is for a stand-in on loopback'
      }
    }
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

const plainBeyondLoopback = ({ protocol, hostname }: URL) =>
  protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname)
