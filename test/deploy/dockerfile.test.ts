import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** The lines of each stage, with those of the stage that it starts from. */
const stages = new Map<string, string[]>()
for (const line of read('Dockerfile').split('\n')) {
  const [, from = '', name] = /^FROM (\S+) AS (\S+)$/.exec(line) ?? []
  if (name) stages.set(name, [...(stages.get(from) ?? [])])
  else [...stages.values()].at(-1)?.push(line)
}
const copied = (stage: string) =>
  (stages.get(stage) ?? []).flatMap(line => /^COPY ((?:packages|apps)\/\w+)/.exec(line)?.[1] ?? []).sort()

/** A workspace and all workspaces that it depends on, without those for development. */
function neededBy(folder: string): string[] {
  const { dependencies = {} } = JSON.parse(read(`${folder}/package.json`)) as {
    dependencies?: Record<string, string>
  }
  const own = Object.keys(dependencies).flatMap(name => /^@ringer\/(\w+)$/.exec(name)?.[1] ?? [])
  const folders = own.map(
    name => `${['ingress', 'worker', 'simulator', 'cli'].includes(name) ? 'apps' : 'packages'}/${name}`,
  )
  return [folder, ...folders.flatMap(neededBy)]
}

describe('the image for production', () => {
  const needed = [...new Set(['apps/ingress', 'apps/worker', 'apps/cli'].flatMap(neededBy))].sort()

  it('has what the ingress, the worker and the command line need, and no stand-ins', () => {
    expect(copied('production-dependencies')).toEqual(needed)
    expect(copied('production')).toEqual(needed)
    expect(needed.join()).not.toMatch(/fakes|simulator/)
  })

  it('is the last stage, so that a plain build makes it', () => {
    expect([...stages.keys()].at(-1)).toBe('production')
  })

  it('does not run as root', () => {
    for (const stage of ['production', 'demo']) expect(stages.get(stage)).toContain('USER node')
  })

  it('has compiled code of all processes, so that none loads the compiler of TypeScript', () => {
    const [, fill = ''] = /^RUN (for app in (?:.*\\\n)*.*)$/m.exec(read('Dockerfile')) ?? []
    const [, NODE_OPTIONS = ''] = /^ENV NODE_OPTIONS="(.+)"$/m.exec(read('Dockerfile')) ?? []
    const ringer = mkdtempSync(join(tmpdir(), 'ringer-image-'))
    onTestFinished(() => rmSync(ringer, { recursive: true, force: true }))
    symlinkSync(fileURLToPath(new URL('../../apps', import.meta.url)), join(ringer, 'apps'))
    mkdirSync(join(ringer, '.compiled'))
    const env = { PATH: process.env.PATH, NODE_OPTIONS, NODE_COMPILE_CACHE: join(ringer, '.compiled') }
    execFileSync('sh', ['-ec', fill], { cwd: ringer, env })

    for (const args of [['ingress'], ['worker'], ['cli', 'serve', '--help'], ['cli', 'why', '--help']]) {
      const [app = '', ...rest] = args
      const { stderr } = spawnSync(process.execPath, [join(ringer, `apps/${app}/src/main.ts`), ...rest], {
        env: { ...env, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
        encoding: 'utf8',
        maxBuffer: 64 * 1_048_576,
      })
      expect(stderr).toMatch(/retrieving transpile cache for StrippedTypeScript .*service.*success/)
      expect(stderr.match(/no transpile cache for .*/g) ?? []).toEqual([])
    }
  })
})
