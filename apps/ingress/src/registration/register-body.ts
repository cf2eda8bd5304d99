import { deviceKind, environment, type Registration } from '@ringer/store'
import { z } from 'zod'
import { absentOr, name, owner, type TokenField, tokenFields, tokens, tokensIn } from './body-fields.ts'
import { readToken } from './device-token.ts'
import { readPlatform } from './read-platform.ts'

/** What a body says of the phone, beside its tokens. The bundle id goes into a header of every push to it. */
const described = z.object({
  ...owner,
  ...tokens,
  platform: absentOr(z.string()),
  kind: absentOr(deviceKind),
  environment: absentOr(environment),
  bundleId: absentOr(
    z
      .string()
      .regex(
        /^[\w.-]{1,155}$/,
        "must be the app's bundle id: letters, digits, dots and hyphens, at most 155",
      ),
  ),
  deviceId: name,
})

type Described = z.infer<typeof described>
type Token = Pick<Registration, 'platform' | 'kind' | 'token'>
type Read = { ok: true; token: Token } | { ok: false; field: string; message: string }

/**
 * The body of a registration, in any of the forms of CometChat's recipes: one token with its platform, or one or more
 * under the names of the former extension. Either all of its tokens are good or none is taken. Fields that nobody knows
 * are left alone.
 */
export const registerBody = described.transform((body, context) => {
  const { appId, uid, environment, bundleId, deviceId } = body
  const given = tokensIn(body)
  const faults = new Map<string, string>()
  if (given.length === 0) faults.set('token', 'is required')
  if (given.length === 0 && body.platform === undefined) faults.set('platform', 'is required')

  const devices = new Map<string, Omit<Registration, 'appId' | 'uid'>>()
  for (const [field, value] of given) {
    const read = readDevice(field, value, body)
    if (!read.ok) faults.set(read.field, read.message)
    else if (devices.has(read.token.token)) faults.set(field, 'is given twice, under two names')
    else devices.set(read.token.token, { ...read.token, environment, bundleId, deviceId })
  }
  for (const [field, message] of faults) context.addIssue({ code: 'custom', path: [field], message })
  return { appId, uid, devices: Array.from(devices.values()) }
})

/** Puts together what the field's name, the platform's name and the field `kind` say of a token. */
function readDevice(field: TokenField, value: string, body: Described): Read {
  const named = body.platform === undefined ? undefined : readPlatform(body.platform)
  if (named?.ok === false) return { ok: false, field: 'platform', message: named.message }
  const byField = tokenFields[field]
  const platform = byField?.platform ?? named?.platform
  if (platform === undefined) return { ok: false, field: 'platform', message: 'is required' }
  if (named && named.platform !== platform)
    return { ok: false, field: 'platform', message: `contradicts ${field}, which is for ${platform}` }

  const kinds = new Set([byField?.kind, named?.kind, body.kind].filter(kind => kind !== undefined))
  if (kinds.size > 1) return { ok: false, field: 'kind', message: contradiction }
  const [kind = platform === 'ios' ? 'voip' : 'both'] = kinds
  if (platform === 'ios' && kind === 'both') return { ok: false, field: 'kind', message: twoTokens }

  const token = readToken(platform, value)
  if (token.success) return { ok: true, token: { platform, kind, token: token.data } }
  return { ok: false, field, message: token.error.issues.map(({ message }) => message).join('; ') }
}

const contradiction =
  'contradicts what the name of the platform, or of the field that holds the token, says the token is for'
const twoTokens =
  'both is for Android: an iPhone has two tokens, so register the PushKit token as voip and the ordinary one as alert'
