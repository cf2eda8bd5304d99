import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))
const source = join(root, 'packages/client/src/incoming-call.ts')
const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')))

/** The oldest engines that run it: Hermes and Metro's default. */
const TARGET = 'es2019'

/**
 * Packs the client as npm would publish it: JavaScript for `import` and for `require`, types, README and licence. In the
 * repository it is TypeScript, which Node runs as it is and npm's users cannot.
 *
 * @param folder where the archive is written
 * @returns the archive's path
 */
export async function packClient(folder: string): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'ringer-client-'))
  try {
    await Promise.all([bundle(place), declare(place), describe(place)])
    for (const [from, to] of [
      ['packages/client/README.md', 'README.md'],
      ['LICENSE', 'LICENSE'],
    ] as const)
      await copyFile(join(root, from), join(place, to))
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: place })
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
    return join(folder, filename)
  } finally {
    await rm(place, { recursive: true })
  }
}

async function bundle(place: string): Promise<void> {
  for (const [format, name] of [
    ['esm', 'index.js'],
    ['cjs', 'index.cjs'],
  ] as const)
    await build({
      entryPoints: [source],
      format,
      outfile: join(place, name),
      target: TARGET,
      platform: 'neutral',
    })
}

/** Writes the types, once for each module system. */
async function declare(place: string): Promise<void> {
  // Outside the repository, so that the compiler finds no settings.
  const copy = join(place, 'index.ts')
  await copyFile(source, copy)
  const settings = ['--declaration', '--emitDeclarationOnly', '--strict', '--target', TARGET, '--types', '']
  await run(process.execPath, [tsc, ...settings, '--lib', `${TARGET},dom`, copy], { cwd: place })
  await rm(copy)
  await copyFile(join(place, 'index.d.ts'), join(place, 'index.d.cts'))
}

async function describe(place: string): Promise<void> {
  const own = JSON.parse(await readFile(join(root, 'packages/client/package.json'), 'utf8'))
  const { name, version, description, license } = own
  const manifest = {
    ...{ name, version, description, license },
    keywords: ['cometchat', 'voip', 'callkit', 'push', 'react-native'],
    ...{ type: 'module', sideEffects: false },
    ...{ main: './index.cjs', module: './index.js', types: './index.d.ts' },
    exports: {
      '.': {
        import: { types: './index.d.ts', default: './index.js' },
        require: { types: './index.d.cts', default: './index.cjs' },
      },
    },
    files: ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts'],
  }
  await writeFile(join(place, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
