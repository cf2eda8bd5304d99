import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Language, type Node, Parser } from 'web-tree-sitter'

/** Code in one of the languages of the guides that nothing here compiles. */
export interface Code {
  language: string
  code: string
  /** The line of the guide at which it starts. */
  line: number
}

const parsers = new Map<string, Parser>()
await Parser.init()

/** Returns the lines of the guide, and the text, that the language's grammar does not understand. */
async function syntaxErrors({ language, code, line }: Code): Promise<string[]> {
  const parser = parsers.get(language) ?? (await createParser(language))
  parsers.set(language, parser)
  const tree = parser.parse(code)
  if (!tree) throw new Error(`no parser for ${language}`)
  const find = (node: Node): string[] => {
    if (!node.hasError) return []
    const isFault = node.isError || node.isMissing
    const text = node.isMissing ? `${node.type} is missing` : node.text.slice(0, 60)
    return isFault ? [`${line + node.startPosition.row}: ${text}`] : node.children.flatMap(find)
  }
  return find(tree.rootNode)
}

async function createParser(language: string): Promise<Parser> {
  const grammar = import.meta.resolve(`@cursorless/tree-sitter-wasms/out/tree-sitter-${language}.wasm`)
  return new Parser().setLanguage(await Language.load(fileURLToPath(grammar)))
}

// A list of code on the standard input, the errors of each on the standard output.
const errors: string[][] = []
for (const code of JSON.parse(readFileSync(0, 'utf8')) as Code[]) errors.push(await syntaxErrors(code))
process.stdout.write(JSON.stringify(errors))
