import type { Explanation, Hint } from '@ringer/service'
import {
  createProbe,
  type Keys,
  type RedisClient,
  type RefusedWebhook,
  readApps,
  readRefusal,
  readRefusedWebhooks,
} from '@ringer/store'
import type { DiagnosisCode } from './diagnoses.ts'
import { type Verdict, verdictOf } from './verdict-of.ts'

export interface NoneDeps {
  redis: RedisClient
  keys: Keys
  /** The tenants whose calls were looked for. */
  appIds: readonly string[]
  /** Epoch ms, by Redis's clock. */
  now: number
}

/** Why a call may not be found, as the admin port answers it. */
export interface HintView {
  verdict: Verdict
  note?: string
}

/** Says why a call may not be found: webhooks are refused, or arrive for an app that nobody looked for. */
export async function explainNone({ redis, keys, appIds, now }: NoneDeps): Promise<Hint[]> {
  const [refusals, apps] = await Promise.all([readRefusedWebhooks(redis, keys, now), readApps(redis, keys)])
  const others = apps.filter(({ appId }) => !appIds.includes(appId))
  const known = others.map(({ appId, at }) => `${appId} (last at ${iso(at)})`)
  return [
    ...(others.length > 0
      ? [
          hint(
            'app-not-configured',
            `webhooks arrive for other apps: ${known.join(', ')}; these settings have ${appIds.join(', ')}`,
          ),
        ]
      : []),
    ...(refusals.length > 0 ? [hint('webhook-refused', describeRefusals(refusals))] : []),
  ]
}

const PROBE_LIMIT_MS = 1_000

/** Says why Redis refuses to store calls, if it does. An older call may be found although newer ones are lost. */
export async function explainRedis({ redis, keys }: Pick<NoneDeps, 'redis' | 'keys'>): Promise<Hint[]> {
  let refusal: Explanation | undefined
  const takesWrites = createProbe(redis, keys.prefix, error => {
    refusal = readRefusal(error)
  })
  await takesWrites(PROBE_LIMIT_MS)
  if (!refusal) return []
  const json: HintView = { verdict: verdictOf({ code: 'redis-refuses-writes', exact: refusal }) }
  return [{ json, text: printHint(json) }]
}

/** Lists the refusals by reason: a stranger's do not hide what is wrong with CometChat's own. */
export const describeRefusals = (refusals: readonly RefusedWebhook[]) =>
  `refused were: ${refusals
    .map(({ at, count, since, reason, detail }) => {
      const when = count > 1 ? `${count} times from ${iso(since)} to ${iso(at)}` : `at ${iso(at)}`
      return `${reason} ${when}${detail ? ` (${detail})` : ''}`
    })
    .join(', ')}`

function hint(code: DiagnosisCode, note: string): Hint {
  const json: HintView = { verdict: verdictOf({ code }), note }
  return { json, text: printHint(json) }
}

/** A hint as text for people. Ends with a line break. */
export function printHint({ verdict: { code, sentence, fix, docs }, note }: HintView): string {
  const noted = note === undefined ? [] : [`  note: ${note}`]
  const lines = [`${code}: ${sentence}`, `  fix: ${fix}`, `  docs: ${docs}`, ...noted]
  return lines.map(line => `${line.replace(/\p{Cc}/gu, '\ufffd')}\n`).join('')
}

const iso = (at: number) => new Date(at).toISOString()
