import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = new URL('..', import.meta.url)
const read = (path: string) => readFile(fileURLToPath(new URL(path, root)), 'utf8')
const table = (await read('docs/guarantees.md')).split('\n').filter(line => /^\| F\d+ /.test(line))

/** Entries separated by semicolons: a path in backticks, or a path and words of a test name: `path`: words. */
const claims = table.flatMap(row => {
  const [, id = '', , shownBy = ''] = row.split('|').map(cell => cell.trim())
  return [...shownBy.matchAll(/`(\S+\.test\.ts)`(?:: ([^;`]+))?/g)].map(
    ([, path = '', name]) => [id, path, name] as const,
  )
})

const ids = table.map(row => row.split('|')[1]?.trim() ?? '')
const numbered = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `F${first + index}`)

it('docs/guarantees.md has a row for each of the 35 known failures, and one for each that was found and mended since', () => {
  const own = ids.slice(35)
  expect(ids.slice(0, 35)).toEqual(numbered(1, 35))
  expect(own).toEqual(numbered(36, 64).filter(id => own.includes(id)))
})

it('docs/guarantees.md names a test in each row', () => {
  const shown = new Set(claims.map(([id]) => id))
  expect([...shown]).toEqual(ids)
})

it.each(claims)('docs/guarantees.md, %s: %s contains the test name: %s', async (_id, path, name = '') => {
  const source = (await read(path)).replaceAll('’', "'")
  expect(source).toContain(name.trim().replaceAll('’', "'"))
})
