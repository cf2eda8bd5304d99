import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { Language, type Node, Parser } from 'web-tree-sitter'
import { type CodeBlock, codeBlocks } from './code-blocks.ts'

/** The languages of the guides that nothing here compiles. */
const languages = ['swift', 'kotlin', 'dart'] as const

await Parser.init()
const parsers = new Map<string, Parser>()
for (const language of languages) {
  const grammar = import.meta.resolve(`@cursorless/tree-sitter-wasms/out/tree-sitter-${language}.wasm`)
  parsers.set(language, new Parser().setLanguage(await Language.load(fileURLToPath(grammar))))
}

const guides = new URL('../../docs/guides/', import.meta.url)
const names = (await readdir(guides)).filter(name => name.endsWith('.md'))
const blocks = (await Promise.all(names.map(readBlocks))).flat()

async function readBlocks(name: string) {
  const all = codeBlocks(await readFile(new URL(name, guides), 'utf8'))
  return all
    .filter(({ language }) => parsers.has(language))
    .map(block => ({ name, file: block.code.split('\n')[0] ?? '', ...block }))
}

/** Returns the lines of the guide, and the text, that the language's grammar does not understand. */
function syntaxErrors({ language, code, line }: Pick<CodeBlock, 'language' | 'code' | 'line'>): string[] {
  const tree = parsers.get(language)?.parse(code)
  if (!tree) throw new Error(`no parser for ${language}`)
  const find = (node: Node): string[] => {
    if (!node.hasError) return []
    const isFault = node.isError || node.isMissing
    const text = node.isMissing ? `${node.type} is missing` : node.text.slice(0, 60)
    return isFault ? [`${line + node.startPosition.row}: ${text}`] : node.children.flatMap(find)
  }
  return find(tree.rootNode)
}

it('there is Swift, Kotlin and Dart to parse', () => {
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(languages))
})

it.each(blocks)('has no syntax error: $name, $language, $file', block => {
  expect(syntaxErrors(block)).toEqual([])
})

it.each([
  ['swift', 'func ring() {\n  guard let url = url else { return \n}\n'],
  ['swift', 'let uuid = UUID(\n'],
  ['kotlin', 'fun ring(context: Context {\n}\n'],
  ['kotlin', 'val name = data["callerName"] ?: \n'],
  ['dart', 'void ring() {\n  if (url == null return;\n}\n'],
  ['dart', 'final params = CallKitParams(id: uuid,\n'],
])('a syntax error is found: %s, %s', (language, code) => {
  expect(syntaxErrors({ language, code, line: 1 })).not.toEqual([])
})
