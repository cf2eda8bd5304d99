import { allChecks } from './checks/all-checks.ts'
import { loadSetup, type SetupOptions } from './load-setup.ts'
import { type CheckResult, runChecks } from './run-checks.ts'

/** The result of a whole run. */
export interface DoctorReport {
  /** Whether no check failed. */
  ok: boolean
  /** In a fixed order, which depends on the settings only. */
  checks: CheckResult[]
}

/** Checks everything that a call needs. Takes about as long as the slowest check, at most 5 s, and never rejects. */
export async function diagnose(options: SetupOptions): Promise<DoctorReport> {
  const setup = loadSetup(options)
  try {
    const checks = await runChecks(allChecks(setup))
    return { ok: checks.every(({ state }) => state !== 'fail'), checks }
  } finally {
    setup.close()
  }
}
