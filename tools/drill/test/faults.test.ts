import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { faults } from '../faults.ts'

it('the alert drill has a fault for each alert, in the order of the rules', () => {
  const { groups } = parse(
    readFileSync(new URL('../../../deploy/prometheus/alerts.yml', import.meta.url), 'utf8'),
  ) as { groups: { rules: { alert: string }[] }[] }
  const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))
  expect(faults.map(({ alert }) => alert)).toEqual(alerts)
})
