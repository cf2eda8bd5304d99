import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Longer than any process takes to load its code. */
const LOAD_LIMIT_MS = 20_000

const root = new URL('../../', import.meta.url)
let cache: string | undefined
const filled = new Map<string, Promise<void>>()

/** Returns the options that Node has in the image for production. */
export function readImageNodeOptions(dockerfile = readFileSync(new URL('Dockerfile', root), 'utf8')): string {
  const options = /^ENV NODE_OPTIONS="(.+)"$/m.exec(dockerfile)?.[1]
  if (!options) throw new Error('Dockerfile: there is no line ENV NODE_OPTIONS="…"')
  return options
}

/**
 * Returns the environment in which Node runs a process that is measured, Ringer's or a bare one: with the image's options, or
 * BENCH_NODE_OPTIONS, and with compiled code in a cache, as in the image.
 *
 * @param path from the repository's root
 */
export async function nodeRuntime(
  path: string,
): Promise<{ NODE_OPTIONS: string; NODE_COMPILE_CACHE: string }> {
  cache ??= makeFolder()
  const runtime = {
    NODE_OPTIONS: process.env.BENCH_NODE_OPTIONS ?? readImageNodeOptions(),
    NODE_COMPILE_CACHE: cache,
  }
  const filling = filled.get(path) ?? fillCache(path, runtime)
  filled.set(path, filling)
  await filling
  return runtime
}

/** A process without settings loads its code, leaves what Node compiled in the cache, and fails. */
async function fillCache(path: string, runtime: Record<string, string>): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(path, root))], {
    env: { PATH: process.env.PATH ?? '', ...runtime, BENCH_OPTIONS: 'none' },
    stdio: 'ignore',
    timeout: LOAD_LIMIT_MS,
  })
  const [code] = await once(child, 'exit')
  if (code !== 1) throw new Error(`${path} did not fail without settings, but ended with ${code}`)
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringer-compiled-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
