import { type CallView, codes } from '@ringer/diagnosis'
import { readArgs, UsageError } from '../usage-error.ts'
import { followCall } from './follow-call.ts'
import { openLookup } from './open-lookup.ts'

export const whyUsage = `ringer why: why a phone rang, or did not

  npm run ringer -- why SESSION      the call of this session
  npm run ringer -- why --to bob     the newest call to Bob
  npm run ringer -- why --last       the newest call of all

  --limit N          the N newest calls instead of one
  --since TIME       all calls since then: 2026-11-29T15:22:00Z, or an age such as 15m
  --diagnosis CODE   the newest call that has this diagnosis, of the last 100; an alert's label has it
  --follow           waits until the call is over, and prints what happens meanwhile
  --json             prints JSON: { sessionId, verdict, rings: [{ recipient, state, verdict, devices }], … };
                     with --limit or --since a list of these
  --admin URL        asks the admin port of an ingress or a worker, with ADMIN_TOKEN if it is set

Without --admin it reads Redis, with the worker's own settings (REDIS_URL, RINGER_PREFIX, COMETCHAT_APP_ID or RINGER_APPS),
so it answers although nothing is running. Every code is explained in docs/diagnoses.md.
If no call was found, it says on stderr whether webhooks are refused, or arrive for another app, and where to look next.
The exit code is 0 if a call was found, 1 if none was.`

const options = {
  to: { type: 'string' },
  last: { type: 'boolean', default: false },
  since: { type: 'string' },
  limit: { type: 'string' },
  diagnosis: { type: 'string' },
  follow: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  admin: { type: 'string' },
} as const

/** Explains calls. The exit code is 0 if one was found. */
export async function why(args: string[]): Promise<number> {
  const { values, positionals } = readArgs({ args, options, allowPositionals: true })
  const [session, ...more] = positionals
  const { to, since, limit, diagnosis } = values
  if (more.length > 0) throw new UsageError(`there is one session id too many: ${more[0]}`)
  if (
    session !== undefined &&
    (to !== undefined || values.last || diagnosis !== undefined || limit !== undefined || since !== undefined)
  ) {
    throw new UsageError('give a session id, or --to UID, or --last')
  }
  if (diagnosis !== undefined && !codes.some(code => code === diagnosis))
    throw new UsageError(`--diagnosis ${diagnosis} is unknown: docs/diagnoses.md has the codes`)
  const isList = limit !== undefined || since !== undefined
  if (values.follow && isList)
    throw new UsageError('--follow follows one call, so it goes without --limit and --since')
  const lookup = await openLookup(values.admin)
  try {
    if (session !== undefined && values.follow) return await followCall(lookup, session, values.json)
    const query = {
      uid: to,
      since,
      limit: limit ?? (since === undefined && diagnosis === undefined ? '1' : '100'),
    }
    const found = session === undefined ? await lookup.list(query) : [await lookup.find(session)]
    const matching =
      diagnosis === undefined ? found : found.filter(({ view }) => hasDiagnosis(view, diagnosis))
    const calls = isList ? matching : matching.slice(0, 1)
    const [newest] = calls
    if (!newest) {
      process.stderr.write(`${noneFound(to, diagnosis)}\n${await lookup.explainNone()}${whereElse(to)}`)
      return 1
    }
    process.stderr.write(await lookup.warn())
    if (values.follow) return await followCall(lookup, newest.view.sessionId, values.json)
    print(calls, values.json, !isList)
    return newest.isKnown ? 0 : 1
  } finally {
    await lookup.close()
  }
}

const noneFound = (to: string | undefined, diagnosis: string | undefined) =>
  [
    'no call',
    ...(to === undefined ? [] : [`to ${to}`]),
    ...(diagnosis === undefined ? [] : [`with the diagnosis ${diagnosis}`]),
    'was found',
  ].join(' ')

/** Where to look next. A call that never got into Redis, or that names no user, is not found by a uid. */
const whereElse = (to: string | undefined) =>
  [
    ...(to === undefined
      ? []
      : [
          'next: npm run ringer -- why --last, the newest call of all (to a group, perhaps, whose members are unknown)',
        ]),
    'next: npm run ringer -- doctor, which checks Redis, the webhook and the providers',
  ]
    .map(line => `${line}\n`)
    .join('')

/** Whether a call, one of its rings or one of its phones has this diagnosis. */
const hasDiagnosis = ({ verdict, rings }: CallView, code: string) =>
  [verdict, ...rings.flatMap(ring => [ring.verdict, ...ring.devices.map(device => device.verdict)])].some(
    one => one?.code === code,
  )

function print(calls: { view: CallView; text: string }[], asJson: boolean, isOne: boolean) {
  if (!asJson) return process.stdout.write(calls.map(({ text }) => text).join('\n'))
  const views = calls.map(({ view }) => view)
  process.stdout.write(`${JSON.stringify(isOne ? views[0] : views, null, 2)}\n`)
}
