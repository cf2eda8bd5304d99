import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { providerSettings, providers } from '@ringer/providers'
import { ConfigError, ingressGroups, loadTenantConfigs, workerGroups } from '@ringer/service'
import { expect, it, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Loads the `.env` of a clone of its own, and returns what the environment then is. */
function load(env: string | undefined, environment: Record<string, string>) {
  const clone = mkdtempSync(join(tmpdir(), 'ringer-env-'))
  onTestFinished(() => rmSync(clone, { recursive: true }))
  const folder = join(clone, 'packages/service/src')
  mkdirSync(folder, { recursive: true })
  cpSync(join(root, 'packages/service/src/load-env-file.mjs'), join(folder, 'load-env-file.mjs'))
  if (env !== undefined) writeFileSync(join(clone, '.env'), env)
  const print = 'process.stdout.write(JSON.stringify([process.env.REDIS_URL, process.env.PORT]))'
  const args = ['--import', join(folder, 'load-env-file.mjs'), '-e', print]
  return JSON.parse(execFileSync(process.execPath, args, { env: environment }).toString())
}

it('the file .env is read, and the environment’s own variables take precedence', () => {
  expect(load('REDIS_URL=redis://file\nPORT=4', { PORT: '5' })).toEqual(['redis://file', '5'])
  expect(load(undefined, { PORT: '5' })).toEqual([null, '5'])
})

it.each(['apps/ingress/package.json', 'apps/worker/package.json'])(
  '%s starts the process with the file .env',
  path => {
    expect(JSON.parse(read(path)).scripts.start).toContain('--import @ringer/service/load-env-file')
  },
)

it('.env.example is refused only for what has to be filled in', () => {
  const settings = providerSettings(providers)
  const { own, each } = workerGroups(['calls'], settings)
  const environment = parseEnv(read('.env.example')) as Record<string, string>
  const faults = [
    () => loadTenantConfigs(environment, ingressGroups.own, ingressGroups.each, settings),
    () => loadTenantConfigs(environment, own, each, settings),
  ].flatMap(loadAll => {
    try {
      loadAll()
      return []
    } catch (error) {
      if (error instanceof ConfigError) return error.faults
      throw error
    }
  })
  expect(faults.filter(fault => !/: is required/.test(fault))).toEqual([])
  expect(faults.map(fault => fault.split(':')[0]).sort()).toEqual([
    'COMETCHAT_WEBHOOK_USERNAME',
    'REGISTRATION_KEY',
  ])
})
