import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { childEnvironment } from '../../../../test/fixtures/child-environment.ts'
import { it, type Stage } from './stage.ts'

/** Loading node-apn and firebase-admin takes a second, and ten on a machine that is busy with other tests. */
const limit = { timeout: 60_000 }

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Runs the command as npm does, with no other environment than this. */
async function run(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'doctor', ...args], {
    env: { ...childEnvironment, ...env },
  })
  const [printed, complained, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>(resolve => child.once('close', resolve)),
  ])
  return { code, printed, complained }
}

/** Splits the settings as docs/deploy.md does, and adds what only one of the files has. */
function envFiles(stage: Stage, more: { ingress?: string; worker?: string } = {}) {
  const entries = Object.entries(stage.env).map(([name, value]) => [name, JSON.stringify(value)] as const)
  const isShared = (name: string) => /^(REDIS|RINGER)_/.test(name)
  const isIngress = (name: string) => /^(REGISTRATION_|COMETCHAT_WEBHOOK_)/.test(name)
  const file = (name: string, wanted: (name: string) => boolean, tail = '') =>
    stage.write(
      name,
      `${entries.flatMap(([key, value]) => (wanted(key) ? [`${key}=${value}\n`] : [])).join('')}${tail}`,
    )
  return [
    ...['--env', file('ingress.env', name => isShared(name) || isIngress(name), more.ingress)],
    ...['--env', file('worker.env', name => !isIngress(name), more.worker)],
  ]
}

it('exits with 0 if nothing failed, and prints a line for each check', limit, async ({ stage }) => {
  await stage.addWorker()
  const files = envFiles(stage, { ingress: 'REGISTRATION_AUTH=\nREGISTRATION_KEY=\n' })
  const { code, printed, complained } = await run([...files, '--url', stage.world.ingress])
  expect(complained).toBe('')
  expect(printed).toMatch(/^ok +settings of the ingress +\S/m)
  expect(printed).toMatch(/^ok +APNs: production +Apple accepts the key, its id and the team in production$/m)
  expect(printed).toMatch(/^warn +registration +.+\n +fix: set it to cometchat, jwt or key$/m)
  // The stage has no VAPID key.
  expect(printed).toMatch(/^skipped +Web Push +not configured: browsers are not rung$/m)
  expect(printed).toMatch(/^\d+ checks: \d+ ok, \d+ to look at, 1 skipped, 0 failed$/m)
  expect(code).toBe(0)
})

it('exits with 1 if something failed, and prints JSON with --json', limit, async ({ stage }) => {
  const { code, printed } = await run(['--json'], stage.env)
  const diagnosis = JSON.parse(printed)
  expect(Object.keys(diagnosis)).toEqual(['ok', 'checks'])
  expect(diagnosis.ok).toBe(false)
  expect(diagnosis.checks).toContainEqual({
    name: 'queue calls',
    state: 'fail',
    sentence: 'no worker runs',
    fix: expect.stringContaining('start a worker'),
  })
  expect(code).toBe(1)
})

it('gives each process its own env file, and names what the worker lacks', limit, async ({ stage }) => {
  const { publicKey } = stage.world.credentials.vapid
  const { printed } = await run(
    envFiles(stage, { ingress: `VAPID_PUBLIC_KEY=${publicKey}\nLOG_LEVEL=warn\n` }),
  )
  expect(printed).toMatch(/^ok +settings of the ingress +/m)
  expect(printed).toMatch(/^ok +settings of the worker +/m)
  expect(printed).toMatch(
    /^warn +setting VAPID_PUBLIC_KEY +only the ingress's env file has VAPID_PUBLIC_KEY, .+\n +fix: give the worker/m,
  )
  expect(printed).not.toMatch(/setting VAPID_PRIVATE_KEY|LOG_LEVEL/)

  const wrong = await run(envFiles(stage, { ingress: 'VAPID_PUBLIC_KEY=short\n' }))
  expect(wrong.printed).toMatch(
    /^FAIL +setting VAPID_PUBLIC_KEY .+\n.+: the ingress does not start with it$/m,
  )
})

it('takes a file with settings of both processes for both', limit, async ({ stage }) => {
  const all = Object.entries(stage.env).map(([name, value]) => `${name}=${JSON.stringify(value)}\n`)
  const { publicKey } = stage.world.credentials.vapid
  const file = stage.write('.env', `${all.join('')}VAPID_PUBLIC_KEY=${publicKey}\n`)
  const { printed } = await run(['--env', file])
  expect(printed).toMatch(/^ok +settings of the ingress +/m)
  expect(printed).toMatch(/^FAIL +setting VAPID_PRIVATE_KEY .+\n.+: the worker does not start with it$/m)
})

it('names a setting that is not the same in both env files', limit, async ({ stage }) => {
  const files = envFiles(stage, {
    ingress: 'COMETCHAT_APP_ID=one\nADMIN_PORT=3001\n',
    worker: 'COMETCHAT_APP_ID=two\nADMIN_PORT=3002\n',
  })
  const { printed } = await run(files)
  expect(printed).toMatch(
    /^FAIL +setting COMETCHAT_APP_ID +COMETCHAT_APP_ID is not the same in all env files\n +fix: /m,
  )
  expect(printed).not.toContain('ADMIN_PORT')
})

it.for([
  [['--url', 'ringer.example.com'], '--url must be a URL'],
  [['--env', '/does/not/exist'], '--env must name a file that can be read'],
  [['--wat'], "Unknown option '--wat'"],
] as const)('exits with 2 for %j', limit, async ([args, message]) => {
  const { code, complained } = await run([...args])
  expect(complained).toContain(message)
  expect(complained).toContain('npm run ringer -- doctor')
  expect(code).toBe(2)
})
