import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { providers } from '@ringer/providers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const isSource = (path: string) => /^(packages|apps)\/[^/]+\/src\/.*\.(ts|mjs)$/.test(path)
// Files that are not committed yet count as well; files that were deleted do not.
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\n')
  .filter(path => path !== '' && existsSync(join(root, path)))
const sources = files.filter(isSource)

/** The specifiers of a file's static and dynamic imports and of its re-exports. */
const importsOf = (path: string) =>
  Array.from(read(path).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g), ([, specifier = '']) => specifier)

describe('lint', () => {
  let copy: string
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'ringer-house-'))
    for (const path of [
      ...sources,
      ...files.filter(file => /(^|\/)(package\.json|biome\.json|\.gitignore)$/.test(file)),
    ]) {
      mkdirSync(dirname(join(copy, path)), { recursive: true })
      cpSync(join(root, path), join(copy, path))
    }
  })
  afterAll(() => rmSync(copy, { recursive: true }))

  const biome = join(root, 'node_modules/.bin/biome')
  const lint = (path: string) => {
    const { status, stdout, stderr } = spawnSync(biome, ['lint', '--error-on-warnings', path], { cwd: copy })
    return { status, printed: `${stdout}${stderr}` }
  }
  /** Lints the copy with one more file in it. */
  const lintWith = (path: string, source: string) => {
    writeFileSync(join(copy, path), source)
    const linted = lint(path)
    rmSync(join(copy, path))
    return linted
  }

  it('passes on the copy as it is', () => {
    expect(lint('packages/store/src')).toMatchObject({ status: 0 })
  })

  it.each([
    ['apps/worker/src/planted.ts', '@ringer/fakes'],
    ['apps/ingress/src/planted.ts', '@ringer/fakes'],
    ['packages/store/src/planted.ts', '@ringer/simulator/watch-store'],
    ['packages/payloads/src/planted.ts', '@ringer/store'],
    ['packages/service/src/planted.ts', '@ringer/providers'],
    ['packages/providers/src/planted.ts', '@ringer/worker'],
  ])('fails when %s imports %s', (path, specifier) => {
    const { status, printed } = lintWith(path, `import '${specifier}'\n`)
    expect(status).toBe(1)
    expect(printed).toContain('noUndeclaredDependencies')
  })

  it('fails on a circle of type imports', () => {
    const path = 'packages/store/src/planted.ts'
    const other = join(copy, 'packages/store/src/planted-too.ts')
    writeFileSync(other, "import type { A } from './planted.ts'\nexport type B = A | string\n")
    const { status, printed } = lintWith(
      path,
      "import type { B } from './planted-too.ts'\nexport type A = B | number\n",
    )
    rmSync(other)
    expect(status).toBe(1)
    expect(printed).toContain('noImportCycles')
  })
})

describe('the packages', () => {
  const mayDependOn: Record<string, string[]> = {
    'packages/client': [],
    'packages/payloads': [],
    'packages/store': ['payloads'],
    'packages/service': ['payloads'],
    'packages/providers': ['payloads', 'store', 'service'],
    'packages/diagnosis': ['payloads', 'store', 'service', 'providers'],
    'packages/fakes': ['payloads'],
    'apps/ingress': ['payloads', 'store', 'service', 'providers', 'diagnosis'],
    'apps/worker': ['payloads', 'store', 'service', 'providers', 'diagnosis'],
    'apps/simulator': ['client', 'payloads', 'store', 'service', 'providers', 'diagnosis', 'fakes'],
    'apps/cli': ['payloads', 'store', 'service', 'providers', 'diagnosis', 'ingress', 'worker'],
  }

  it.each(Object.entries(mayDependOn))('%s depends only on what lies below it', (folder, allowed) => {
    const { dependencies = {} } = JSON.parse(read(`${folder}/package.json`)) as {
      dependencies?: Record<string, string>
    }
    const own = Object.keys(dependencies).flatMap(name => /^@ringer\/(.+)$/.exec(name)?.[1] ?? [])
    expect(allowed).toEqual(expect.arrayContaining(own))
  })

  it('are all listed here', () => {
    const manifests = files.filter(path => /^(packages|apps)\/[^/]+\/package\.json$/.test(path))
    expect(manifests.map(path => dirname(path)).sort()).toEqual(Object.keys(mayDependOn).sort())
  })

  it('are all installed in the image', () => {
    const copied = Array.from(
      read('Dockerfile').matchAll(/^COPY (\S+)\/package\.json /gm),
      ([, folder]) => folder,
    )
    expect(copied.sort()).toEqual(Object.keys(mayDependOn).sort())
  })

  it('import each other by name only, never by a relative path', () => {
    const leaving = sources.flatMap(path => {
      const [area = '', name = ''] = path.split('/')
      const home = `${area}/${name}/src/`
      return importsOf(path)
        .filter(specifier => specifier.startsWith('.'))
        .filter(specifier => !join(dirname(path), specifier).startsWith(home))
        .map(specifier => `${path} imports ${specifier}`)
    })
    expect(leaving).toEqual([])
  })
})

describe('the command line', () => {
  // The image of production has it, and an operator's questions must not depend on stand-ins.
  it('uses the stand-ins only to play CometChat and for the demo', () => {
    const using = sources
      .filter(path => path.startsWith('apps/cli/src/'))
      .filter(path => importsOf(path).some(name => /^@ringer\/(fakes|simulator)/.test(name)))
      .map(path => path.split('/')[3])
    expect([...new Set(using)].sort()).toEqual(['call', 'demo'])
  })
})

describe('every folder', () => {
  it('has at most 16 files of code', () => {
    const sizes = new Map<string, number>()
    for (const path of files) {
      if (/\.(ts|mjs|tsx)$/.test(path)) sizes.set(dirname(path), (sizes.get(dirname(path)) ?? 0) + 1)
    }
    expect(Array.from(sizes).filter(([, size]) => size > 16)).toEqual([])
  })
})

describe('the worker', () => {
  const worker = sources.filter(path => path.startsWith('apps/worker/src/'))
  const withoutComments = (source: string) => source.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '$1')

  it('names no provider and no platform outside the metrics', () => {
    const names = providers.flatMap(({ name, title, platforms }) => [name, title, ...platforms])
    const pattern = new RegExp(`\\b(${names.join('|')})\\b`, 'i')
    const allowed = new Set(['apps/worker/src/metrics.ts'])
    const naming = worker.filter(path => !allowed.has(path) && pattern.test(withoutComments(read(path))))
    expect(naming).toEqual([])
  })

  it('has folders that import each other in one direction only', () => {
    const below: Record<string, string[]> = {
      calls: ['rings', 'stops', 'attempts', 'queues'],
      pushes: ['rings', 'stops', 'attempts', 'queues'],
      events: ['queues'],
      queues: [],
      rings: ['stops', 'attempts'],
      stops: ['attempts'],
      attempts: [],
    }
    const roomOf = (path: string) => /^apps\/worker\/src\/([^/]+)\//.exec(path)?.[1]
    const wrong = worker.flatMap(path => {
      const room = roomOf(path)
      if (!room) return []
      return importsOf(path)
        .map(specifier => roomOf(join(dirname(path), specifier)))
        .filter(other => other !== undefined && other !== room && !below[room]?.includes(other))
        .map(other => `${path} imports from ${other}`)
    })
    expect(wrong).toEqual([])
  })
})

/** Which folders of a workspace's source import which of their siblings. */
function folderImports(workspace: string): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>()
  const folderOf = (path: string) => /^src\/([^/]+)\//.exec(relative(workspace, path))?.[1]
  for (const path of sources.filter(source => source.startsWith(`${workspace}/src/`))) {
    const from = folderOf(path)
    for (const specifier of importsOf(path).filter(specifier => specifier.startsWith('.'))) {
      const to = folderOf(join(dirname(path), specifier))
      if (from && to && from !== to) folders.set(from, (folders.get(from) ?? new Set()).add(to))
    }
  }
  return folders
}

/** The folders from which imports lead back to themselves. */
function foldersInCircles(workspace: string): string[] {
  const imports = folderImports(workspace)
  const reached = (from: string, seen = new Set<string>()) => {
    for (const to of imports.get(from) ?? []) if (!seen.has(to)) reached(to, seen.add(to))
    return seen
  }
  return [...imports.keys()].filter(folder => reached(folder).has(folder))
}

it.each([...new Set(sources.map(path => path.split('/').slice(0, 2).join('/')))])(
  'no imports lead from a folder of %s over other folders back to it',
  workspace => {
    expect(foldersInCircles(workspace)).toEqual([])
  },
)

it('no folder of source has more than fifteen entries', () => {
  const folders = new Set(sources.map(path => dirname(path)))
  const large = [...folders].filter(folder => readdirSync(join(root, folder)).length > 15)
  expect(large).toEqual([])
})
