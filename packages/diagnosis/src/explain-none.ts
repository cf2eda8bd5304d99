import type { Hint } from '@ringer/service'
import {
  type Keys,
  type RedisClient,
  type RefusedWebhook,
  readApps,
  readRefusedWebhooks,
} from '@ringer/store'
import { type DiagnosisCode, type Verdict, verdictOf } from './diagnoses.ts'

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
  note: string
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
  const lines = [`${code}: ${sentence}`, `  fix: ${fix}`, `  docs: ${docs}`, `  note: ${note}`]
  return lines.map(line => `${line.replace(/\p{Cc}/gu, '\ufffd')}\n`).join('')
}

const iso = (at: number) => new Date(at).toISOString()
