import {
  type Call,
  createSessionId,
  deliverWebhook,
  type WebhookCredentials,
} from '@ringer/simulator/cometchat'
import { readArgs, UsageError } from '../usage-error.ts'
import { actions, buildWebhook, dialects, pathOf } from './build-webhook.ts'

export const callUsage = `ringer call: sends the webhook of a call, as CometChat would

  npm run ringer -- call --to bob [options]

  --url URL          the ingress (http://localhost:3000); with a path, exactly that address
  --to UID           who is called
  --from UID         who calls (alice)
  --type KIND        audio or video (video)
  --dialect NAME     ${dialects.join(', ')} (signalling)
  --action NAME      ${actions.join(', ')} (initiated)
  --session ID       the session; needed to end a call that was begun before
  --app ID           CometChat's app id (COMETCHAT_APP_ID; without it the webhook names none)
  --secret SECRET    sign with this (COMETCHAT_WEBHOOK_SECRET)
  --username NAME --password PASSWORD
                     send as Basic (COMETCHAT_WEBHOOK_USERNAME, COMETCHAT_WEBHOOK_PASSWORD)`

const options = {
  url: { type: 'string', default: 'http://localhost:3000' },
  to: { type: 'string' },
  from: { type: 'string', default: 'alice' },
  type: { type: 'string', default: 'video' },
  dialect: { type: 'string', default: 'signalling' },
  action: { type: 'string', default: 'initiated' },
  session: { type: 'string' },
  app: { type: 'string', default: process.env.COMETCHAT_APP_ID },
  secret: { type: 'string', default: process.env.COMETCHAT_WEBHOOK_SECRET },
  username: { type: 'string', default: process.env.COMETCHAT_WEBHOOK_USERNAME },
  password: { type: 'string', default: process.env.COMETCHAT_WEBHOOK_PASSWORD },
} as const

/** Sends one webhook and prints what the ingress answered. Exits 0 if that was 200. */
export async function call(args: string[]): Promise<number> {
  const { values } = readArgs({ args, options })
  const dialect = oneOf('--dialect', dialects, values.dialect)
  const action = oneOf('--action', actions, values.action)
  const callType = oneOf('--type', ['audio', 'video'] as const, values.type)
  if (!values.to) throw new UsageError('--to is missing: the uid of whoever is called')
  if (action !== 'initiated' && dialect === 'call-received') {
    throw new UsageError('--dialect call-received has no action but initiated')
  }
  if (!URL.canParse(values.url)) throw new UsageError('--url is not a URL, such as http://localhost:3000')

  const url = new URL(values.url)
  if (url.pathname === '/') url.pathname = pathOf[dialect]
  const placed: Call = {
    appId: values.app ?? '',
    region: 'eu',
    webhookId: 'ringer-cli',
    sessionId: values.session ?? createSessionId(),
    callType,
    caller: named(values.from),
    recipient: named(values.to),
    initiatedAt: Date.now(),
  }
  const credentials = credentialsOf(values)
  const body = { ...buildWebhook(dialect, action, placed), appId: values.app || undefined }
  const answer = await deliverWebhook({ url: url.href, body, ...credentials })
  process.stdout.write(
    [
      `call_${action} from ${values.from} to ${values.to}, session ${placed.sessionId}`,
      `POST ${url.href} (${dialect}, ${'secret' in credentials ? 'signed' : 'Basic'})`,
      `${answer.status || 'no answer'} ${JSON.stringify(answer.body)} after ${answer.ms} ms`,
      '',
    ].join('\n'),
  )
  return answer.status === 200 ? 0 : 1
}

/** `alice` is called Alice, so that a phone has a name to show. */
const named = (uid: string) => ({ uid, name: uid.charAt(0).toUpperCase() + uid.slice(1) })

function credentialsOf({ secret, username, password }: WebhookCredentials): WebhookCredentials {
  if (username && password) return { username, password, ...(secret && { secret }) }
  if (secret) return { secret }
  throw new UsageError(
    'credentials are missing: --secret, or --username and --password, as the ingress has them',
  )
}

function oneOf<const Value extends string>(option: string, allowed: readonly Value[], given: string): Value {
  const found = allowed.find(value => value === given)
  if (!found) throw new UsageError(`${option} must be one of ${allowed.join(', ')}`)
  return found
}
