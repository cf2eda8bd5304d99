import { execFile } from 'node:child_process'

/** A known weakness of a package that production installs. */
export interface Advisory {
  package: string
  /** GHSA-…, or npm's number if the advisory has no such id. */
  id: string
  severity: string
  title: string
  url: string
}

export type Advisories = { answered: true; advisories: Advisory[] } | { answered: false; reason: string }

/** The part of npm's report that is read. https://docs.npmjs.com/cli/v11/commands/npm-audit */
interface Report {
  auditReportVersion?: number
  vulnerabilities?: Record<string, { name: string; via: (string | Via)[] }>
  message?: string
  error?: { summary?: string; code?: string }
}
interface Via {
  source: number
  name: string
  title: string
  url: string
  severity: string
}

/** Enough for a report in which every package has several advisories. */
const MAX_REPORT_BYTES = 32 * 1024 * 1024
/** A registry that is silent for longer counts as one that does not answer. */
const LIMIT_MS = 60_000

/**
 * Asks the registry for the advisories of the production packages, with npm's own client.
 *
 * @param folder where `package-lock.json` is
 * @param registry its URL. Default: the one that npm is configured to use
 */
export async function askForAdvisories(folder: string, registry?: string): Promise<Advisories> {
  const retries = ['--fetch-retries=1', '--fetch-retry-mintimeout=200', '--fetch-timeout=20000']
  const options = ['--json', '--omit=dev', '--package-lock-only', '--offline=false', ...retries]
  const printed = await runNpm(['audit', ...options, ...(registry ? [`--registry=${registry}`] : [])], folder)
  const report = parse(printed.stdout)
  if (report?.auditReportVersion === undefined) {
    const words = report?.message || report?.error?.summary || printed.stderr.split('\n')[0]
    return { answered: false, reason: words || 'npm audit printed nothing' }
  }
  const advisories = Object.values(report.vulnerabilities ?? {}).flatMap(({ via }) =>
    via.filter(each => typeof each !== 'string').map(toAdvisory),
  )
  // A package that is installed in several versions is reported once for each.
  const unique = new Map(advisories.map(each => [`${each.package} ${each.id}`, each]))
  return { answered: true, advisories: [...unique.values()] }
}

const toAdvisory = ({ source, name, title, url, severity }: Via): Advisory => ({
  ...{ package: name, title, url, severity },
  id: /GHSA(-\w{4}){3}/.exec(url)?.[0] ?? String(source),
})

function parse(text: string): Report | undefined {
  try {
    return JSON.parse(text) as Report
  } catch {
    return undefined
  }
}

/** npm exits with 1 if there are advisories as well as if it cannot ask, so its exit code says nothing. */
function runNpm(args: string[], cwd: string): Promise<{ stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile('npm', args, { cwd, maxBuffer: MAX_REPORT_BYTES, timeout: LIMIT_MS }, (_error, stdout, stderr) =>
      resolve({ stdout, stderr }),
    )
  })
}
