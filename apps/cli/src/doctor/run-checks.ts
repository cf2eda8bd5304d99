import { type Finding, fail, type SetupCheck } from '@ringer/service'

/** What a check found, under its name. */
export interface CheckResult extends Finding {
  name: string
}

/** How long a check may take. */
export const CHECK_LIMIT_MS = 5_000

/** Runs all checks at once. Returns their results in the order of the checks; one that takes too long has failed. */
export function runChecks(checks: readonly SetupCheck[], limitMs = CHECK_LIMIT_MS): Promise<CheckResult[]> {
  return Promise.all(checks.map(async check => ({ name: check.name, ...(await runCheck(check, limitMs)) })))
}

async function runCheck({ run }: SetupCheck, limitMs: number): Promise<Finding> {
  const limit = new AbortController()
  const { promise: isOver, resolve } = Promise.withResolvers<Finding>()
  const timer = setTimeout(() => {
    resolve(
      fail(
        `the check was not done within ${limitMs / 1_000} s`,
        'look at the network on the way, then run it again',
      ),
    )
    limit.abort()
  }, limitMs)
  try {
    return await Promise.race([isOver, run(limit.signal)])
  } catch (error) {
    // An error's message may quote anything, so only its name and code are shown.
    return fail(
      `the check itself failed (${describe(error)})`,
      'run it again; if it fails again, report it as a bug',
    )
  } finally {
    clearTimeout(timer)
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  return 'code' in error ? `${error.name} ${String(error.code)}` : error.name
}
