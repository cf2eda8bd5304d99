import { readFileSync } from 'node:fs'
import { providerSettings, providers } from '@ringer/providers'
import { settingNames, text } from '@ringer/service'
import { describe, expect, it } from 'vitest'
import { listSettings } from '../list-settings.ts'
import { renderEnvFile } from '../render-env-file.ts'
import { renderTable } from '../render-table.ts'
import { settingsSections } from '../settings-sections.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

describe('npm run settings writes', () => {
  it('docs/settings.md, which is what the schemas say', () => {
    expect(read('docs/settings.md')).toBe(renderTable())
  })

  it('.env.example, which is what the schemas say', () => {
    expect(read('.env.example')).toBe(renderEnvFile())
  })
})

describe('the sections', () => {
  const listed = settingsSections.flatMap(section => listSettings(section).flatMap(({ names }) => names))

  it('list each setting that a process reads exactly once', () => {
    const ownOfOpenTelemetry = 'OTEL_EXPORTER_OTLP_ENDPOINT'
    const names = [...settingNames(providerSettings(providers)), ownOfOpenTelemetry]
    expect(listed.sort()).toEqual(names.sort())
  })

  it('are refused if a setting has no description', () => {
    const section = { title: 'New', fields: { RINGER_NEW: text } }
    expect(() => listSettings(section)).toThrow('RINGER_NEW has no description: add .meta({ description })')
  })
})

describe('a row', () => {
  it('joins neighbouring settings that share description and default', () => {
    const shared = { description: 'the same', default: '1' }
    const fields = {
      A: text.meta(shared),
      B: text.meta(shared),
      C: text.meta({ ...shared, default: '2' }),
    }
    expect(listSettings({ title: '', fields }).map(({ names }) => names)).toEqual([['A', 'B'], ['C']])
  })
})
