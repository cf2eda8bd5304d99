import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { buildCertificate, certificateFields, checkCertificate } from './apns-certificate.ts'
import { buildToken, checkToken, tokenFields } from './apns-token.ts'
import { oneOf, text, url } from './fields.ts'
import type { ConfigGroup, Env } from './load-config.ts'
import { unreadable } from './read-file.ts'

const fields = {
  ...tokenFields,
  ...certificateFields,
  APNS_BUNDLE_ID: z
    .string()
    .regex(/^(?!.*\.voip$)/, "must be the app's bundle id, without .voip: that is added for rings")
    .optional(),
  APNS_ENVIRONMENT: oneOf('production', 'sandbox'),
  APNS_PRODUCTION_URL: url('https:'),
  APNS_SANDBOX_URL: url('https:'),
  APNS_CA_PATH: text,
}

/** Apple's account, or undefined where no APNs variable is set: then the provider is off. */
export const apnsGroup = {
  fields,
  check(env: Env) {
    const wanted = [...Object.keys(tokenFields), ...Object.keys(certificateFields), 'APNS_BUNDLE_ID']
    if (!wanted.some(name => env[name])) return {}
    return {
      ...(!env.APNS_BUNDLE_ID && { APNS_BUNDLE_ID: 'is required to reach APNs' }),
      ...checkAuth(env),
      ...unreadable(env, 'APNS_CA_PATH'),
    }
  },
  build(values) {
    const auth = buildCertificate(values) ?? buildToken(values)
    const { APNS_BUNDLE_ID: bundleId } = values
    if (!auth || !bundleId) return undefined
    return {
      auth,
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

/** Who sends is known to Apple by a .p8 key or by a certificate: one of them, and whole. */
function checkAuth(env: Env): Record<string, string> {
  const hasKey = Boolean(env.APNS_KEY || env.APNS_KEY_PATH)
  if (env.APNS_CERT_PATH && hasKey) {
    const both = { APNS_CERT_PATH: 'is given beside a .p8 key (APNS_KEY_PATH or APNS_KEY); keep one' }
    return { ...checkToken(env), ...checkCertificate(env), ...both }
  }
  if (env.APNS_CERT_PATH) {
    const useless = uselessOf(env, Object.keys(tokenFields), 'is of no use with a certificate; leave it out')
    return { ...useless, ...checkCertificate(env) }
  }
  const parts = uselessOf(env, Object.keys(certificateFields), 'is of no use without APNS_CERT_PATH')
  const tokenMeant = Object.keys(tokenFields).some(name => env[name]) || Object.keys(parts).length === 0
  return { ...parts, ...(tokenMeant && checkToken(env)) }
}

const uselessOf = (env: Env, names: string[], why: string): Record<string, string> =>
  Object.fromEntries(names.flatMap(name => (env[name] ? [[name, why]] : [])))
