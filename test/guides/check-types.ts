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
const client = join(root, 'packages/client/src/incoming-call.ts')
const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')))

const isApp = {
  // The language level that Hermes and Metro provide.
  target: 'es2019',
  lib: ['es2019'],
}

/** @param lib TypeScript's library for a browser's page or service worker. Default: an app in React Native */
const settingsFor = (lib: string | undefined) => ({
  extends: join(root, 'tsconfig.base.json'),
  compilerOptions: {
    ...(lib === undefined ? isApp : { target: 'es2022', lib: ['es2022', lib] }),
    module: 'esnext',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
    types: [],
    composite: false,
    emitDeclarationOnly: false,
    noEmit: true,
    skipLibCheck: false,
  },
  include: ['*.ts', '*.tsx', join(guides, lib === undefined ? 'types/*.d.ts' : `types/${lib}/*.d.ts`)],
})

/** The settings of the documents whose code runs on a server. */
const nodeSettings = {
  ...settingsFor(undefined),
  compilerOptions: {
    ...settingsFor(undefined).compilerOptions,
    ...{ target: 'es2024', lib: ['es2024'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
  },
  include: ['*.ts'],
}

const folder = await mkdtemp(join(tmpdir(), 'ringer-guides-'))
try {
  const names = (await readdir(guides)).filter(name => name.endsWith('.md'))
  const reports = await Promise.all([
    ...names.map(name => checkGuide(`docs/guides/${name}`, settingsFor)),
    checkGuide('docs/events.md', () => nodeSettings),
  ])
  for (const report of reports) process.stdout.write(report)
  process.exitCode = reports.every(report => report === '') ? 0 : 1
} finally {
  await rm(folder, { recursive: true })
}

/** Returns the type errors in a guide, with the guide's own name and line numbers, or ''. */
async function checkGuide(path: string, settingsFor: (lib: string | undefined) => object): Promise<string> {
  const blocks = codeBlocks(await readFile(join(root, path), 'utf8')).filter(isTypeScript)
  const untitled = blocks.find(block => block.title === undefined)
  if (untitled) return `${path}:${untitled.line} - a block of TypeScript needs a title="file-name.ts"\n`
  const libs = [...new Set(blocks.map(({ lib }) => lib))]
  const reports = libs.map(lib => {
    const program = join(folder, `${basename(path, '.md')}-${lib ?? 'app'}`)
    return checkProgram(
      program,
      path,
      settingsFor(lib),
      blocks.filter(block => block.lib === lib),
    )
  })
  return (await Promise.all(reports)).join('')
}

/** Checks the blocks of a guide that run in the same place. */
async function checkProgram(program: string, path: string, settings: object, blocks: readonly CodeBlock[]) {
  await mkdir(program)
  await writeFile(join(program, 'tsconfig.json'), JSON.stringify(settings))
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
