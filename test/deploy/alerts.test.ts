import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codes } from '@ringer/diagnosis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const read = (name: string) => readFileSync(path(name), 'utf8')

/** With `RINGER_TEST_PROMTOOL=required` these tests fail on a machine without promtool instead of being skipped. */
const hasPromtool =
  process.env.RINGER_TEST_PROMTOOL === 'required' || spawnSync('promtool', ['--version']).status === 0
const title = `promtool${hasPromtool ? '' : ' (skipped: no promtool on the PATH)'}`

interface Rule {
  alert: string
  labels: { severity: string }
  annotations: { summary: string; runbook: string }
}
const rules = (parse(read('deploy/prometheus/alerts.yml')) as { groups: [{ rules: Rule[] }] }).groups[0].rules

/** The code within the lines of a document. */
const codeOf = (text: string) =>
  Array.from(text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`]+)`/g), ([, code = '']) =>
    code.replaceAll(/\s+/g, ' ').replaceAll('\\|', '|'),
  )

describe.runIf(hasPromtool)(title, () => {
  it.each([
    ['check rules deploy/prometheus/alerts.yml'],
    // With an alert that fires and one that stays silent for each rule.
    ['test rules deploy/prometheus/alerts.test.yml'],
    ['check config --syntax-only deploy/prometheus/prometheus.yml'],
  ])('%s passes', command => {
    const { status, stdout, stderr } = spawnSync('promtool', command.split(' '), { cwd: path('.') })
    expect(status, `${stdout}${stderr}`).toBe(0)
  })

  it.each(['docs/runbook.md', 'docs/operations.md'])('reads each query in %s', document => {
    const queries = codeOf(read(document)).filter(code =>
      /^\(?(sum|max|min|count|rate|histogram_quantile)\b/.test(code),
    )
    expect(queries.length).toBeGreaterThan(5)
    const rules = queries.map(expr => ({ record: 'query', expr, labels: { query: expr } }))
    const folder = mkdtempSync(join(tmpdir(), 'queries-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'queries.yml')
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }))
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file])
    expect(status, `${stdout}${stderr}`).toBe(0)
  })
})

describe('the alerts', () => {
  const tests = (
    parse(read('deploy/prometheus/alerts.test.yml')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[]
    }
  ).tests.flatMap(({ alert_rule_test }) => alert_rule_test)

  it.each(rules.map(({ alert }) => alert))(
    '%s has a test in which it fires and one in which it does not',
    alert => {
      const own = tests.filter(({ alertname }) => alertname === alert)
      expect(own.some(({ exp_alerts }) => exp_alerts !== undefined)).toBe(true)
      expect(own.some(({ exp_alerts }) => exp_alerts === undefined)).toBe(true)
    },
  )

  it.each(rules)('$alert says how urgent it is', ({ labels }) => {
    expect(['page', 'ticket']).toContain(labels.severity)
  })
})

describe('the runbook', () => {
  const sections = new Map(
    read('docs/runbook.md')
      .split(/^## /m)
      .slice(1)
      .map(section => [section.slice(0, section.indexOf('\n')), section]),
  )

  it('has a section for each alert, and none for others', () => {
    expect([...sections.keys()].sort()).toEqual(rules.map(({ alert }) => alert).sort())
  })

  it('names only diagnoses that exist', () => {
    const named = read('docs/runbook.md').matchAll(/ringer why --diagnosis ([a-z-]+)/g)
    expect(codes).toEqual(expect.arrayContaining(Array.from(named, ([, code]) => code)))
  })

  it.each(rules)('is linked by $alert, and says what it means, what to look at and what to do', rule => {
    expect(rule.annotations.runbook).toBe(`docs/runbook.md#${rule.alert.toLowerCase()}`)
    for (const part of ['**Means.**', '**Look at.**', '**Do.**'])
      expect(sections.get(rule.alert)).toContain(part)
  })
})
