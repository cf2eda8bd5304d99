import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = new URL('..', import.meta.url)
const read = (path: string) => readFile(fileURLToPath(new URL(path, root)), 'utf8')
const table = (await read('docs/guarantees.md')).split('\n').filter(line => /^\| F\d+ /.test(line))

/** Stands for the name where a cell names only a file. */
const ANY = '(any)'

/** The paths and test names in a cell. */
function namedIn(cell: string) {
  return [...cell.matchAll(/`(\S+\.test\.ts)`(?:: ([^;`]+))?/g)].map(
    ([, path = '', name = ANY]) => [path, name] as const,
  )
}

async function expectTest(path: string, name: string) {
  const source = (await read(path)).replaceAll('’', "'")
  if (name !== ANY) expect(source).toContain(name.trim().replaceAll('’', "'"))
}

/** Entries separated by semicolons: a path in backticks, or a path and words of a test name: `path`: words. */
const claims = table.flatMap(row => {
  const [, id = '', , shownBy = ''] = row.split('|').map(cell => cell.trim())
  return namedIn(shownBy).map(claim => [id, ...claim] as const)
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

/** The attacks of docs/security.md, whose third column names tests in the same way. */
const attacks = (await read('docs/security.md')).split('\n').flatMap(row => {
  const cells = row.split('|').map(cell => cell.trim())
  const [, attack = '', , shownBy = ''] = cells
  const isAttack = cells.length === 6 && !/^(the attack|-+|\*\*.*)$/.test(attack)
  return isAttack ? [{ attack, named: namedIn(shownBy) }] : []
})

it('docs/security.md names a test of each attack', () => {
  expect(attacks.length).toBeGreaterThan(25)
  expect(attacks.filter(({ named }) => named.length === 0)).toEqual([])
})

it.each(attacks.flatMap(({ attack, named }) => named.map(claim => [attack, ...claim] as const)))(
  'docs/security.md, %s: %s contains the test name: %s',
  async (_attack, path, name) => expectTest(path, name),
)

it.each(claims)('docs/guarantees.md, %s: %s contains the test name: %s', async (_id, path, name) =>
  expectTest(path, name),
)
