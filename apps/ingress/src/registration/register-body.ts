import { type Provider, providerOf } from '@ringer/providers'
import { type DeviceRegistration, deviceKind, environment, healthOf, type Platform } from '@ringer/store'
import { z } from 'zod'
import {
  name,
  optionalOrNull,
  owner,
  type TokenField,
  tokenFields,
  tokens,
  tokensIn,
} from './fields/body-fields.ts'
import { healthFields } from './fields/health-fields.ts'
import { readPlatform } from './fields/read-platform.ts'

/** The fields of a registration. The bundle id goes into a header of every push, so its characters are limited. */
const fields = z.object({
  ...owner,
  ...tokens,
  platform: optionalOrNull(z.string()),
  kind: optionalOrNull(deviceKind),
  environment: optionalOrNull(environment),
  bundleId: optionalOrNull(
    z
      .string()
      .regex(
        /^[\w.-]{1,155}$/,
        "must be the app's bundle id: letters, digits, dots and hyphens, at most 155",
      ),
  ),
  deviceId: name,
  ...healthFields,
})

/**
 * What Apple's topic for an app's VoIP pushes ends with. An alert that reached a phone there would be a VoIP push that is no call, and
 * iOS stops delivering to an app that gets such ones.
 */
const VOIP_TOPIC = '.voip'

type Fields = z.infer<typeof fields>
type Token = Pick<DeviceRegistration, 'platform' | 'kind' | 'token' | 'replaces'>
type ReadDevice = { ok: true; token: Token } | { ok: false; field: string; message: string }

/**
 * The body of a registration, in any form that CometChat's recipes use: one token with its platform, or one or more
 * tokens by the field names of the former extension. If one token is refused, no token of the body is stored. Unknown
 * fields are ignored.
 */
export const createRegisterBody = (providers: readonly Provider[]) =>
  fields.transform((body, context) => {
    const { appId, uid, environment, bundleId, deviceId } = body
    const health = healthOf(body)
    const given = tokensIn(body)
    const faults = new Map<string, string>()
    if (given.length === 0) faults.set('token', 'is required')
    if (given.length === 0 && body.platform === undefined) faults.set('platform', 'is required')

    const devices = new Map<string, Omit<DeviceRegistration, 'appId' | 'uid'>>()
    for (const [field, value] of given) {
      const read = readDevice(field, value, body, providers)
      if (!read.ok) faults.set(read.field, read.message)
      else if (read.token.platform === 'ios' && read.token.kind !== 'voip' && bundleId?.endsWith(VOIP_TOPIC))
        faults.set('bundleId', "must be the app's bundle id, not the topic of VoIP pushes")
      else if (devices.has(read.token.token)) faults.set(field, 'is given twice, under two names')
      else if (Array.from(devices.values()).some(isReplacedBy(read.token, deviceId)))
        faults.set(field, 'is a second token for the same pushes, and a device has only one')
      else devices.set(read.token.token, { ...read.token, environment, bundleId, deviceId, ...health })
    }
    for (const [field, message] of faults) context.addIssue({ code: 'custom', path: [field], message })
    return { appId, uid, devices: Array.from(devices.values()) }
  })

export type RegisterBody = z.infer<ReturnType<typeof createRegisterBody>>

/** Matches a token that a registration of this one would replace. */
const isReplacedBy =
  ({ platform, kind, replaces }: Token, deviceId: string | undefined) =>
  (other: Pick<Token, 'platform' | 'kind' | 'token'>) =>
    platform === other.platform &&
    (kind === other.kind || kind === 'both' || other.kind === 'both') &&
    (deviceId !== undefined || (replaces !== undefined && other.token.startsWith(replaces)))

/** Combines what the name of the token's field, the platform's name and the field `kind` say about a token. */
function readDevice(
  field: TokenField,
  value: string,
  body: Fields,
  providers: readonly Provider[],
): ReadDevice {
  const named = body.platform === undefined ? undefined : readPlatform(body.platform, providers)
  if (named?.ok === false) return { ok: false, field: 'platform', message: named.message }
  const byField = tokenFields[field]
  const platforms = byField ? ([byField.platform] as const) : named?.platforms
  if (platforms === undefined) return { ok: false, field: 'platform', message: 'is required' }
  if (byField && named && !named.platforms.includes(byField.platform))
    return { ok: false, field: 'platform', message: `contradicts ${field}, which is for ${byField.platform}` }
  const isItsToken = (platform: Platform) => providerOf({ platform }, providers)?.readToken(value).ok
  const platform = platforms.find(isItsToken) ?? platforms[0]

  const kinds = new Set([byField?.kind, named?.kind, body.kind].filter(kind => kind !== undefined))
  if (kinds.size > 1) return { ok: false, field: 'kind', message: contradiction }
  const provider = providerOf({ platform }, providers)
  if (!provider) return { ok: false, field: 'platform', message: 'is a platform that no provider reaches' }
  const [kind = provider.kinds[0]] = kinds
  if (!provider.kinds.includes(kind)) return { ok: false, field: 'kind', message: provider.kindsRule }

  const token = provider.readToken(value)
  if (token.ok) return { ok: true, token: { platform, kind, token: token.token, replaces: token.replaces } }
  return { ok: false, field, message: token.message }
}

const contradiction =
  'contradicts the name of the platform, or of the field that holds the token, which says what the token is for'
