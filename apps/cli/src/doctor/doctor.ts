import { readArgs, UsageError } from '../usage-error.ts'
import { diagnose } from './diagnose.ts'
import { readEnvFiles } from './read-env-files.ts'
import { renderDoctorReport } from './render-doctor-report.ts'

export const doctorUsage = `ringer doctor: checks everything that a call needs, before the first call

  npm run ringer -- doctor [options]

  Reads the settings of the ingress and the worker from the environment. Rings no phone and stores no call.

  --env FILE         reads settings from this file as well; may be repeated (ingress.env, worker.env)
  --url URL          where CometChat reaches the ingress, such as https://ringer.example.com; a URL with a path
                     is used as it is
  --json             prints { ok, checks: [{ name, state, sentence, fix? }] }, with the states ok, warn, fail
                     and skipped

  The exit code is 0 if no check failed, and 1 otherwise.`

const options = {
  env: { type: 'string', multiple: true },
  url: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

/** Checks the set-up and prints what was found. The exit code is 0 if no check failed. */
export async function doctor(args: string[]): Promise<number> {
  const { values } = readArgs({ args, options })
  const webhookUrl = readUrl(values.url)
  const report = await diagnose({ ...readEnvFiles(values.env ?? [], process.env), webhookUrl })
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : renderDoctorReport(report))
  return report.ok ? 0 : 1
}

function readUrl(given: string | undefined): URL | undefined {
  if (given === undefined) return undefined
  const url = URL.parse(given)
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError('--url must be a URL, such as https://ringer.example.com')
  if (url.pathname === '/') url.pathname = '/webhooks/cometchat'
  return url
}
