import { readFileSync } from 'node:fs'
import { type ConfigGroup, type Env, oneOf, text, unreadable, url } from '@ringer/service'
import type { Environment } from '@ringer/store'
import { z } from 'zod'
import { type ApnsCertificate, buildCertificate, certificateFields, checkCertificate } from './certificate.ts'
import {
  buildSandboxKey,
  buildSigningKey,
  checkSandboxKey,
  checkSigningKey,
  type SigningKey,
  sandboxKeyFields,
  signingKeyFields,
} from './signing-key.ts'

/** How the tenant authenticates to Apple: with a key that signs provider tokens, or with a certificate. */
export type ApnsAuth = SigningKey | ApnsCertificate

export interface ApnsSettings {
  auth: ApnsAuth
  /** The key for the sandbox, if it is not that of `auth`. */
  sandboxKey?: SigningKey | undefined
  bundleId: string
  /** The environment of tokens that were registered without one. */
  environment: Environment
  /** Apple's addresses, or a stand-in's. */
  urls: Record<Environment, string>
  /** A certificate to trust besides the system's, PEM. For a stand-in. */
  ca: string | undefined
}

const standIn = { description: 'only for a stand-in', default: "Apple's" }

const fields = {
  ...signingKeyFields,
  ...sandboxKeyFields,
  ...certificateFields,
  APNS_BUNDLE_ID: z
    .string()
    .regex(/^(?!.*\.voip$)/, "must be the app's bundle id without .voip, which is added for rings")
    .optional()
    .meta({ description: "the app's bundle id, without `.voip`" }),
  APNS_ENVIRONMENT: oneOf('production', 'sandbox').meta({
    description:
      'for tokens that were registered without one: `production` (App Store, TestFlight) or `sandbox` (Xcode)',
    default: 'production',
  }),
  APNS_PRODUCTION_URL: url('https:').meta(standIn),
  APNS_SANDBOX_URL: url('https:').meta(standIn),
  APNS_CA_PATH: text.meta(standIn),
}

/** The account at Apple. If no APNs variable is set, it is undefined and the provider is off. */
export const apnsSettings = {
  fields,
  check(env: Env) {
    const wanted = [...keyNames, ...Object.keys(certificateFields), 'APNS_BUNDLE_ID']
    if (!wanted.some(name => env[name])) return {}
    return {
      ...(!env.APNS_BUNDLE_ID && { APNS_BUNDLE_ID: 'is required to reach APNs' }),
      ...checkAuth(env),
      ...unreadable(env, 'APNS_CA_PATH'),
    }
  },
  build(values): ApnsSettings | undefined {
    const auth = buildCertificate(values) ?? buildSigningKey(values)
    const { APNS_BUNDLE_ID: bundleId } = values
    if (!auth || !bundleId) return undefined
    return {
      auth,
      sandboxKey: buildSandboxKey(values),
      bundleId,
      environment: values.APNS_ENVIRONMENT ?? 'production',
      urls: {
        production: values.APNS_PRODUCTION_URL ?? 'https://api.push.apple.com',
        sandbox: values.APNS_SANDBOX_URL ?? 'https://api.sandbox.push.apple.com',
      },
      ca: values.APNS_CA_PATH && readFileSync(values.APNS_CA_PATH, 'utf8'),
    }
  },
} satisfies ConfigGroup<typeof fields, ApnsSettings | undefined>

const keyNames = [...Object.keys(signingKeyFields), ...Object.keys(sandboxKeyFields)]

/** Exactly one of a .p8 key and a certificate must be set, and it must be complete. */
function checkAuth(env: Env): Record<string, string> {
  const hasKey = Boolean(env.APNS_KEY || env.APNS_KEY_PATH)
  if (env.APNS_CERT_PATH && hasKey) {
    const both = { APNS_CERT_PATH: 'is set together with a .p8 key (APNS_KEY_PATH or APNS_KEY); keep one' }
    return { ...checkSigningKey(env), ...checkSandboxKey(env), ...checkCertificate(env), ...both }
  }
  if (env.APNS_CERT_PATH) {
    const unused = faultForEach(env, keyNames, 'has no effect with a certificate; remove it')
    return { ...unused, ...checkCertificate(env) }
  }
  const unused = faultForEach(env, Object.keys(certificateFields), 'has no effect without APNS_CERT_PATH')
  const isKeyMeant = keyNames.some(name => env[name]) || Object.keys(unused).length === 0
  return { ...unused, ...(isKeyMeant && { ...checkSigningKey(env), ...checkSandboxKey(env) }) }
}

/** Gives the same fault to each of the variables that is set. */
const faultForEach = (env: Env, names: string[], fault: string): Record<string, string> =>
  Object.fromEntries(names.flatMap(name => (env[name] ? [[name, fault]] : [])))
