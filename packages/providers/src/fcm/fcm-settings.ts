import { readFileSync } from 'node:fs'
import { type ConfigGroup, type Env, oneOf, text, unreadable, url } from '@ringer/service'
import { z } from 'zod'
import { isPrivateKey, withNewlines } from '../private-key.ts'
import type { FcmCallType } from './payloads/build-ring.ts'
import type { FcmStopAction } from './payloads/build-stop.ts'

export interface FcmSettings {
  projectId: string
  clientEmail: string
  /** PKCS #8 PEM. */
  privateKey: string
  /** Google's address, or a stand-in's. */
  url: string
  tokenUrl: string
  /** A certificate to trust besides the system's, PEM. For a stand-in. */
  ca: string | undefined
  callType: FcmCallType
  /** Default: `exact`. */
  stopAction?: FcmStopAction
  /** The label of all messages in Google's statistics. Default: none. */
  analyticsLabel?: string | undefined
  /** Whether pushes about calls reach phones that were not unlocked since they were started. Default: false. */
  directBoot?: boolean
}

/** https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#fcmoptions */
const analyticsLabel = z
  .string()
  .regex(/^[\w.~%-]{1,50}$/, 'must have 1 to 50 characters: letters, digits, - . _ ~ %')
  .optional()

const account = {
  description: 'the three values of the service account, in place of its file',
}

const standIn = { description: 'only for a stand-in', default: "Google's" }

const fields = {
  GOOGLE_APPLICATION_CREDENTIALS: text.meta({
    description: 'the file of the service account. Android phones are not rung without it',
  }),
  FIREBASE_PROJECT_ID: text.meta(account),
  FIREBASE_CLIENT_EMAIL: text.meta(account),
  FIREBASE_PRIVATE_KEY: text.meta(account),
  FCM_URL: url('https:', 'http:').meta(standIn),
  FCM_TOKEN_URL: url('https:', 'http:').meta(standIn),
  FCM_CA_PATH: text.meta(standIn),
  FCM_CALL_TYPE: oneOf('incoming_call', 'call').meta({
    description: "`call` for apps built on CometChat's own samples",
    default: 'incoming_call',
  }),
  FCM_STOP_ACTION: oneOf('exact', 'cancelled').meta({
    description:
      "`cancelled` for Android apps that stop ringing only at this word, like CometChat's Kotlin and Flutter samples",
    default: 'exact',
  }),
  FCM_ANALYTICS_LABEL: analyticsLabel.meta({
    description:
      "the label of Ringer's messages in the FCM Data API's statistics: how many were delivered, expired or lowered in priority",
  }),
  FCM_DIRECT_BOOT: oneOf('true', 'false').meta({
    description:
      '`true`: rings reach phones that were not unlocked since they were started; the app must be direct-boot-aware',
    default: 'false',
  }),
}

/** The file that Firebase's console creates. https://cloud.google.com/iam/docs/keys-create-delete */
const serviceAccount = z.object({
  project_id: z.string().min(1),
  client_email: z.string().min(1),
  private_key: z.string().refine(key => isPrivateKey(key, 'rsa')),
})

/** Firebase's service account. If none is set, it is undefined and the provider is off. */
export const fcmSettings = {
  fields,
  check(env: Env) {
    const faults: Record<string, string> = {}
    const accountNames = ['FIREBASE_PROJECT_ID', 'FIREBASE_CLIENT_EMAIL', 'FIREBASE_PRIVATE_KEY']
    const set = accountNames.filter(name => env[name])
    const path = env.GOOGLE_APPLICATION_CREDENTIALS
    if (path) {
      Object.assign(faults, unreadable(env, 'GOOGLE_APPLICATION_CREDENTIALS'))
      if (Object.keys(faults).length === 0 && !readServiceAccount(path)) {
        faults.GOOGLE_APPLICATION_CREDENTIALS =
          'is not the JSON of a service account: it must have project_id, client_email and a complete private_key'
      }
      for (const name of set) faults[name] = 'is set together with GOOGLE_APPLICATION_CREDENTIALS; keep one'
    } else if (set.length > 0) {
      for (const name of accountNames) if (!env[name]) faults[name] = 'is required to reach FCM'
      if (env.FIREBASE_PRIVATE_KEY && !isPrivateKey(env.FIREBASE_PRIVATE_KEY, 'rsa')) {
        faults.FIREBASE_PRIVATE_KEY =
          'is not a complete private key: it must run from -----BEGIN PRIVATE KEY----- to the end, with its line breaks or \\n'
      }
    }
    Object.assign(faults, unreadable(env, 'FCM_CA_PATH'))
    return faults
  },
  build(values): FcmSettings | undefined {
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
      callType: values.FCM_CALL_TYPE ?? 'incoming_call',
      stopAction: values.FCM_STOP_ACTION ?? 'exact',
      analyticsLabel: values.FCM_ANALYTICS_LABEL,
      directBoot: values.FCM_DIRECT_BOOT === 'true',
    }
  },
} satisfies ConfigGroup<typeof fields, FcmSettings | undefined>

function readServiceAccount(path: string) {
  try {
    return serviceAccount.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data
  } catch {
    return undefined
  }
}
