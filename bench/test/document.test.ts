import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { updateDocument } from '../report/update-document.ts'
import { sections } from '../sections/sections.ts'

const document = await readFile(new URL('../../docs/benchmarks.md', import.meta.url), 'utf8')

it.each(sections.map(({ name }) => name))('docs/benchmarks.md has a place for the table of %s', name => {
  expect(updateDocument(document, name, 'the table')).toContain('the table')
})

it.each(sections.map(section => [section.name, section] as const))(
  'the section %s plots and compares only what it measures',
  (_name, { plots, metrics, sides, cases }) => {
    expect(Object.keys(metrics)).toEqual(expect.arrayContaining([...plots]))
    expect(new Set(sides).size).toBe(sides.length)
    expect(new Set(cases).size).toBe(cases.length)
  },
)
