import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = new URL('..', import.meta.url)
const read = (path: string) => readFile(fileURLToPath(new URL(path, root)), 'utf8')
const table = (await read('docs/guarantees.md')).split('\n').filter(line => /^\| F\d+ /.test(line))

/** `path`, or `path`: words of a test's name, apart by semicolons. */
const claims = table.flatMap(row => {
  const [, id = '', , shownBy = ''] = row.split('|').map(cell => cell.trim())
  return [...shownBy.matchAll(/`(\S+\.test\.ts)`(?:: ([^;`]+))?/g)].map(
    ([, path = '', name]) => [id, path, name] as const,
  )
})

it('names a test for each of the 35 failures', () => {
  const shown = new Set(claims.map(([id]) => id))
  expect([...shown]).toEqual(Array.from({ length: 35 }, (_, index) => `F${index + 1}`))
})

it.each(claims)('%s: %s has a test of that name: %s', async (_id, path, name = '') => {
  const source = (await read(path)).replaceAll('’', "'")
  expect(source).toContain(name.trim().replaceAll('’', "'"))
})
