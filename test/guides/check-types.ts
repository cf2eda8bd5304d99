import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type CodeBlock, codeBlocks } from './code-blocks.ts'

/**
 * Checks the TypeScript in the guides as an app's compiler would. The titled blocks of a guide are the files of one program; a
 * service worker is one of its own.
 * It has this repository's strict settings, the types in docs/guides/types, and a copy of our client, as users copy it.
 */
const guides = fileURLToPath(new URL('../../docs/guides/', import.meta.url))
const root = fileURLToPath(new URL('../../', import.meta.url))
const client = join(root, 'packages/payloads/src/client/incoming-call.ts')
const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')))

/** Where the code of a document runs: what it compiles to, and with which types. */
const places = {
  // The language level that Hermes and Metro provide.
  app: { target: 'es2019', lib: ['es2019'], types: join(guides, 'types/*.d.ts') },
  dom: { target: 'es2022', lib: ['es2022', 'dom'], types: join(guides, 'types/dom/*.d.ts') },
  webworker: { target: 'es2022', lib: ['es2022', 'webworker'], types: undefined },
  node: { target: 'es2024', lib: ['es2024'], types: undefined },
} as const
type Place = keyof typeof places

function settingsFor(place: Place) {
  const { target, lib, types } = places[place]
  return {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      ...{ target, lib, module: 'esnext', moduleResolution: 'bundler', jsx: 'react-jsx' },
      ...(place === 'node'
        ? { types: ['node'], typeRoots: [join(root, 'node_modules/@types')] }
        : { types: [] }),
      ...{ composite: false, emitDeclarationOnly: false, noEmit: true, skipLibCheck: false },
    },
    include: ['*.ts', '*.tsx', ...(types ? [types] : [])],
  }
}

const folder = await mkdtemp(join(tmpdir(), 'ringer-guides-'))
try {
  const names = (await readdir(guides)).filter(name => name.endsWith('.md'))
  const reports = await Promise.all([
    ...names.map(name => checkDocument(`docs/guides/${name}`, 'app')),
    checkDocument('docs/events.md', 'node'),
  ])
  for (const report of reports) process.stdout.write(report)
  process.exitCode = reports.every(report => report === '') ? 0 : 1
} finally {
  await rm(folder, { recursive: true })
}

/**
 * Returns the type errors in a document, with its own name and line numbers, or ''.
 *
 * @param usual where its blocks run that do not say so
 */
async function checkDocument(path: string, usual: Place): Promise<string> {
  const blocks = codeBlocks(await readFile(join(root, path), 'utf8')).filter(isTypeScript)
  const untitled = blocks.find(block => block.title === undefined)
  if (untitled) return `${path}:${untitled.line} - a block of TypeScript needs a title="file-name.ts"\n`
  const placeOf = ({ lib = usual }: CodeBlock) => lib as Place
  const reports = [...new Set(blocks.map(placeOf))].map(place => {
    const own = blocks.filter(block => placeOf(block) === place)
    return checkProgram(path, place, own)
  })
  return (await Promise.all(reports)).join('')
}

/** Checks the blocks of a document that run in the same place. */
async function checkProgram(path: string, place: Place, blocks: readonly CodeBlock[]): Promise<string> {
  const program = join(folder, `${basename(path, '.md')}-${place}`)
  await mkdir(program)
  await writeFile(join(program, 'tsconfig.json'), JSON.stringify(settingsFor(place)))
  await copyFile(client, join(program, basename(client)))
  // Empty lines before the code make the line numbers of errors those of the guide.
  await Promise.all(
    blocks.map(({ title = '', code, line }) => writeFile(join(program, title), '\n'.repeat(line - 1) + code)),
  )
  const answer = promisify(execFile)(process.execPath, [tsc, '-p', program, '--pretty', 'false'], {
    cwd: program,
  })
  return answer.then(
    () => '',
    ({ stdout = '', message }) => stdout.replaceAll(/^(?=\S+\(\d)/gm, `${path}: `) || `${message}\n`,
  )
}

function isTypeScript({ language }: CodeBlock): boolean {
  return language === 'ts' || language === 'tsx'
}
