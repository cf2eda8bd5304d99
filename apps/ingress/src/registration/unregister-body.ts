import type { Provider } from '@ringer/providers'
import { type DeviceSelector, deviceKind } from '@ringer/store'
import { z } from 'zod'
import { name, optionalOrNull, owner, tokens, tokensIn } from './fields/body-fields.ts'
import { normalToken } from './fields/device-token.ts'
import { readPlatform } from './fields/read-platform.ts'

const MAX_TOKEN = 4096

/** Which of the user's devices to forget. */
export type UnregisterTarget = { tokens: string[] } | { selectors: DeviceSelector[] }

type ReadTarget = { ok: true; target: UnregisterTarget } | { ok: false; field: string; message: string }

const fields = z.object({
  ...owner,
  ...tokens,
  deviceId: name,
  all: optionalOrNull(z.boolean()),
  platform: optionalOrNull(z.string()),
  kind: optionalOrNull(deviceKind),
})

/**
 * The body of an unregistration. It names one of:
 * - a token, or several by the field names of CometChat's former extension; a `deviceId` beside them is ignored, because
 *   some apps send theirs with every request;
 * - a phone by its `deviceId`;
 * - every phone, with `"all": true`.
 *
 * `platform` and `kind` narrow the last two. A body that names none of them is refused: taking it for all phones would
 * silence a user by mistake.
 */
export const createUnregisterBody = (providers: readonly Provider[]) =>
  fields.transform((body, context) => {
    const read = readTarget(body, providers)
    if (read.ok) return { appId: body.appId, uid: body.uid, target: read.target }
    context.addIssue({ code: 'custom', path: [read.field], message: read.message })
    return z.NEVER
  })

export type UnregisterBody = z.infer<ReturnType<typeof createUnregisterBody>>

function readTarget(body: z.infer<typeof fields>, providers: readonly Provider[]): ReadTarget {
  const { all, deviceId, platform } = body
  const given = tokensIn(body)
  if (all && (given.length > 0 || deviceId !== undefined)) return refuse('all', ambiguous)
  const wrong = given.find(([, value]) => value.length < 1 || value.length > MAX_TOKEN)
  if (wrong) return refuse(wrong[0], `must have 1 to ${MAX_TOKEN} characters`)
  if (given.length > 0)
    return { ok: true, target: { tokens: given.map(([, value]) => normalToken(value, providers)) } }
  if (!all && deviceId === undefined) return refuse('token', nothing)

  const named = platform === undefined ? undefined : readPlatform(platform, providers)
  if (named?.ok === false) return refuse('platform', named.message)
  const kinds = new Set([named?.kind, body.kind].filter(kind => kind !== undefined))
  if (kinds.size > 1) return refuse('kind', contradiction)
  const [kind] = kinds
  const selectors = (named?.platforms ?? [undefined]).map(platform => ({ device: deviceId, platform, kind }))
  return { ok: true, target: { selectors } }
}

const refuse = (field: string, message: string): ReadTarget => ({ ok: false, field, message })

const ambiguous = 'cannot be combined with a token or a deviceId; send only one of them'
const nothing =
  'is missing: name a phone by "token" or by "deviceId" (the one that registration answered, or the app\'s own), ' +
  'or send "all": true for every phone of this user'
const contradiction = 'contradicts the platform, whose name says what its tokens are for'
