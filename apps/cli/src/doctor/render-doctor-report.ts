import type { DoctorReport } from './diagnose.ts'
import type { CheckResult } from './run-checks.ts'

const words = { ok: 'ok', warn: 'warn', fail: 'FAIL', skipped: 'skipped' } as const
const STATE_WIDTH = 9

/** Renders a report for people: a line for each check, below it its fix, and at the end the counts. */
export function renderDoctorReport({ checks }: DoctorReport): string {
  const width = Math.max(0, ...checks.map(({ name }) => name.length)) + 2
  const lines = checks.flatMap(({ name, state, sentence, fix }) => [
    `${words[state].padEnd(STATE_WIDTH)}${name.padEnd(width)}${sentence}`,
    ...(fix === undefined ? [] : [`${' '.repeat(STATE_WIDTH + width)}fix: ${fix}`]),
  ])
  return [...lines, '', summaryOf(checks), ''].join('\n')
}

function summaryOf(checks: readonly CheckResult[]): string {
  const count = (state: CheckResult['state']) => checks.filter(check => check.state === state).length
  const counts = [
    `${count('ok')} ok`,
    `${count('warn')} to look at`,
    `${count('skipped')} skipped`,
    `${count('fail')} failed`,
  ]
  return `${checks.length} checks: ${counts.join(', ')}`
}
