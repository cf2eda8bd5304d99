import { type Call, createSessionId, deliverWebhook, type SigningCredentials } from '@ringer/fakes/cometchat'
import { readArgs, UsageError } from '../usage-error.ts'
import { followCall } from '../why/follow-call.ts'
import { openLookup } from '../why/open-lookup.ts'
import { actions, buildWebhook, type CallDialect, dialects, pathOf } from './build-webhook.ts'

export const callUsage = `ringer call: sends the webhook of a call, as CometChat does

  npm run ringer -- call --to bob [options]

  --url URL          the ingress (default: http://localhost:3000); a URL with a path is used as it is
  --to UID           the user who is called
  --group GUID       the group that is called, in place of --to
  --from UID         the caller (default: alice)
  --type KIND        what kind of call: audio or video (default: video)
  --dialect NAME     the form of the webhook; docs/cometchat.md describes them (default: signalling):
                     ${dialects.join(', ')}
  --action NAME      what happened to the call (default: initiated):
                     ${actions.join(', ')}
  --follow           waits for the outcome of each phone, and prints why it rang or not; reads Redis by the worker's settings
  --admin URL        with --follow: asks this admin port instead of Redis
  --session ID       the call's session id (default: a new one); give it to end a call that you started before
  --app ID           CometChat's app id (default: COMETCHAT_APP_ID; without either, the webhook has no app id)
  --secret SECRET    signs the webhook (default: COMETCHAT_WEBHOOK_SECRET)
  --username NAME --password PASSWORD
                     sends Basic authentication (default: COMETCHAT_WEBHOOK_USERNAME, COMETCHAT_WEBHOOK_PASSWORD)`

const options = {
  url: { type: 'string', default: 'http://localhost:3000' },
  to: { type: 'string' },
  group: { type: 'string' },
  follow: { type: 'boolean', default: false },
  admin: { type: 'string' },
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

/**
 * Sends one webhook and prints the ingress's answer. The exit code is 0 if the answer is 200, and with --follow if a phone was rung
 * as well.
 */
export async function call(args: string[]): Promise<number> {
  const { values } = readArgs({ args, options })
  const dialect = oneOf('--dialect', dialects, values.dialect)
  const action = oneOf('--action', actions, values.action)
  const callType = oneOf('--type', ['audio', 'video'] as const, values.type)
  const callee = values.group ?? values.to
  if (!callee) throw new UsageError('--to is missing: the uid of the user who is called')
  if (values.to && values.group) throw new UsageError('give --to or --group, not both')
  if (values.group && !groupDialects.includes(dialect)) {
    throw new UsageError(
      `--group goes with --dialect ${groupDialects.join(' or ')}: the others name each member`,
    )
  }
  if (values.follow && action !== 'initiated')
    throw new UsageError('--follow only goes with --action initiated')
  if (action !== 'initiated' && dialect === 'call-received') {
    throw new UsageError('--dialect call-received only has the action initiated')
  }
  if (!URL.canParse(values.url)) throw new UsageError('--url must be a URL, such as http://localhost:3000')

  const url = new URL(values.url)
  if (url.pathname === '/') url.pathname = pathOf[dialect]
  const placed: Call = {
    appId: values.app ?? '',
    region: 'eu',
    webhookId: 'ringer-cli',
    sessionId: values.session ?? createSessionId(),
    callType,
    caller: named(values.from),
    callee: named(callee),
    ...(values.group && { receiverType: 'group' as const }),
    initiatedAt: Date.now(),
  }
  const credentials = credentialsOf(values)
  const body = { ...buildWebhook(dialect, action, placed), appId: values.app || undefined }
  // Opened first, so that wrong settings ring nobody.
  const lookup = values.follow ? await openLookup(values.admin) : undefined
  const answer = await deliverWebhook({ url: url.href, body, ...credentials })
  process.stdout.write(
    [
      `call_${action} from ${values.from} to ${callee}, session ${placed.sessionId}`,
      `POST ${url.href} (${dialect}, ${'secret' in credentials ? 'signed' : 'Basic'})`,
      `${answer.status || 'no answer'} ${JSON.stringify(answer.body)} after ${answer.ms} ms`,
      '',
    ].join('\n'),
  )
  try {
    if (answer.status !== 200) return 1
    return lookup ? await followCall(lookup, placed.sessionId, false) : 0
  } finally {
    await lookup?.close()
  }
}

/** The dialects in which one webhook calls a whole group. */
const groupDialects: readonly CallDialect[] = ['signalling', 'initiator']

/** Makes a name from a uid, so that a phone has a name to show: `alice` becomes Alice. */
const named = (uid: string) => ({ uid, name: uid.charAt(0).toUpperCase() + uid.slice(1) })

function credentialsOf({ secret, username, password }: SigningCredentials): SigningCredentials {
  if (username && password) return { username, password, ...(secret && { secret }) }
  if (secret) return { secret }
  throw new UsageError(
    'credentials are missing: give --secret, or --username and --password, with the values that the ingress has',
  )
}

function oneOf<const Value extends string>(option: string, allowed: readonly Value[], given: string): Value {
  const found = allowed.find(value => value === given)
  if (!found) throw new UsageError(`${option} must be one of ${allowed.join(', ')}`)
  return found
}
