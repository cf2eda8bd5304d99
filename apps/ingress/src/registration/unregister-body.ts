import { type DeviceSelector, deviceKind } from '@ringer/store'
import { z } from 'zod'
import { absentOr, name, owner, tokens, tokensIn } from './body-fields.ts'
import { normalToken } from './device-token.ts'
import { readPlatform } from './read-platform.ts'

/** What to forget: tokens, or all devices that are described so. */
export type Forgetting = { tokens: string[] } | { selector: DeviceSelector }

type Read = { ok: true; forget: Forgetting } | { ok: false; field: string; message: string }

const said = z.object({
  ...owner,
  ...tokens,
  deviceId: name,
  all: absentOr(z.boolean()),
  platform: absentOr(z.string()),
  kind: absentOr(deviceKind),
})

/**
 * The body of an unregistration: a token, or several by the names of CometChat's former extension; else a phone by its
 * `deviceId`, which an app that always sends it may send beside a token; else `"all": true`. The last two may be
 * narrowed by `platform` and `kind`. A body that names nothing forgets nothing: it would silence the user by mistake.
 */
export const unregisterBody = said.transform((body, context) => {
  const read = readForgetting(body)
  if (read.ok) return { appId: body.appId, uid: body.uid, forget: read.forget }
  context.addIssue({ code: 'custom', path: [read.field], message: read.message })
  return z.NEVER
})

function readForgetting(body: z.infer<typeof said>): Read {
  const { all, deviceId, platform } = body
  const given = tokensIn(body)
  if (all && (given.length > 0 || deviceId !== undefined)) return refuse('all', ambiguous)
  const wrong = given.find(([, value]) => value.length < 1 || value.length > MAX_TOKEN)
  if (wrong) return refuse(wrong[0], `must have 1 to ${MAX_TOKEN} characters`)
  if (given.length > 0) return { ok: true, forget: { tokens: given.map(([, value]) => normalToken(value)) } }
  if (!all && deviceId === undefined) return refuse('token', nothing)

  const named = platform === undefined ? undefined : readPlatform(platform)
  if (named?.ok === false) return refuse('platform', named.message)
  const kinds = new Set([named?.kind, body.kind].filter(kind => kind !== undefined))
  if (kinds.size > 1)
    return refuse('kind', 'contradicts the platform, whose name says what its tokens are for')
  const [kind] = kinds
  return { ok: true, forget: { selector: { device: deviceId, platform: named?.platform, kind } } }
}

const refuse = (field: string, message: string): Read => ({ ok: false, field, message })

const MAX_TOKEN = 4096

const ambiguous = 'cannot stand beside a token or a deviceId; say one of them'
const nothing =
  'is missing: say which phone, by "token", by "deviceId" (the one that registration answered, or the app\'s own), ' +
  'or "all": true for every phone of this user'
