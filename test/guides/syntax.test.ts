import { execFileSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { childEnvironment } from '../fixtures/child-environment.ts'
import { codeBlocks } from './code-blocks.ts'
import type { Code } from './print-syntax-errors.ts'

/** The languages of the guides that nothing here compiles. */
const languages = ['swift', 'kotlin', 'dart']

const guides = new URL('../../docs/guides/', import.meta.url)
const names = (await readdir(guides)).filter(name => name.endsWith('.md'))
const blocks = (await Promise.all(names.map(readBlocks))).flat()

const faulty = [
  ['swift', 'func ring() {\n  guard let url = url else { return \n}\n'],
  ['swift', 'let uuid = UUID(\n'],
  ['kotlin', 'fun ring(context: Context {\n}\n'],
  ['kotlin', 'val name = data["callerName"] ?: \n'],
  ['dart', 'void ring() {\n  if (url == null return;\n}\n'],
  ['dart', 'final params = CallKitParams(id: uuid,\n'],
].map(([language = '', code = '']) => ({ language, code, line: 1 }))

const errors = findSyntaxErrors([...blocks, ...faulty])

async function readBlocks(name: string) {
  const all = codeBlocks(await readFile(new URL(name, guides), 'utf8'))
  return all
    .filter(({ language }) => languages.includes(language))
    .map(block => ({ name, file: block.code.split('\n')[0] ?? '', ...block }))
}

/**
 * Returns the errors of each. In a process of its own, in which V8 does not optimize: in this one it would compile the grammars for seconds
 * after these tests, and slow down those that follow.
 */
function findSyntaxErrors(code: readonly Code[]): Map<Code, string[]> {
  const script = fileURLToPath(new URL('print-syntax-errors.ts', import.meta.url))
  const flags = ['--liftoff-only', '--disable-warning=ExperimentalWarning']
  const input = JSON.stringify(code.map(({ language, code, line }) => ({ language, code, line })))
  const found: string[][] = JSON.parse(
    execFileSync(process.execPath, [...flags, script], { input, env: childEnvironment, encoding: 'utf8' }),
  )
  return new Map(code.map((each, index) => [each, found[index] ?? ['not parsed']]))
}

it('there is Swift, Kotlin and Dart to parse', () => {
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(languages))
})

it.each(blocks)('has no syntax error: $name, $language, $file', block => {
  expect(errors.get(block)).toEqual([])
})

it.each(faulty)('a syntax error is found: $language, $code', code => {
  expect(errors.get(code)).not.toEqual([])
  expect(errors.get(code)).not.toEqual(['not parsed'])
})
