import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freshPrefix, startRedis } from '@ringer/fakes'
import { expect, it, onTestFinished } from 'vitest'
import { openStates } from './open-states.ts'
import { startStubRinger } from './stub-ringer.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

const anyPorts = {
  SIMULATOR_PORT: '0',
  SIMULATOR_APNS_PORT: '0',
  SIMULATOR_FCM_PORT: '0',
  SIMULATOR_COMETCHAT_PORT: '0',
}

function start(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], { env })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** The first log line with this message. */
async function logged(child: ChildProcess, message: string): Promise<Record<string, string>> {
  if (!child.stdout) throw new Error('no output')
  for await (const line of createInterface(child.stdout)) {
    const entry = JSON.parse(line)
    if (entry.msg === message) return entry
  }
  throw new Error(`ended without saying ${message}`)
}

it('serves the page from its environment, leaves the credentials, and ends cleanly on SIGTERM', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.close())
  const ringer = await startStubRinger({ secret: 'secret', registrationKey: 'a-key-of-the-phones' })
  onTestFinished(() => ringer.close())
  const directory = await mkdtemp(join(tmpdir(), 'ringer-simulator-'))
  onTestFinished(() => rm(directory, { recursive: true }))

  const child = start({
    INGRESS_URL: ringer.url,
    REDIS_URL: redis.url,
    RINGER_PREFIX: freshPrefix(),
    COMETCHAT_WEBHOOK_SECRET: 'secret',
    REGISTRATION_KEY: 'a-key-of-the-phones',
    ...anyPorts,
    SIMULATOR_HOSTS: 'simulator',
    SIMULATOR_CREDENTIALS_DIR: directory,
  })
  const { url = '' } = await logged(child, 'ready')
  const page = await openStates(url)
  await page.waitFor('registered phones', ({ phones }) =>
    phones.every(phone => phone.registration.status === 'registered'),
  )
  const body = JSON.stringify({ callType: 'audio' })
  const call = await fetch(`${url}/api/calls`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  expect(await call.json()).toMatchObject({ answers: [{ status: 200, body: { status: 'queued' } }] })
  expect(await readFile(join(directory, 'ca.pem'), 'utf8')).toContain('BEGIN CERTIFICATE')

  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
})

// Without Redis, closing waited for a connection that never came, until the process was cut off.
it('serves the page and ends cleanly while Redis is away', async () => {
  const child = start({
    INGRESS_URL: 'http://127.0.0.1:1',
    REDIS_URL: 'redis://127.0.0.1:1',
    COMETCHAT_WEBHOOK_SECRET: 'secret',
    ...anyPorts,
  })
  const { url = '' } = await logged(child, 'ready')
  const page = await openStates(url)
  const state = await page.waitFor('a reason', ({ phones }) => 'reason' in (phones[0]?.registration ?? {}))
  expect(state.phones[0]?.registration).toMatchObject({
    reason: 'the ingress at http://127.0.0.1:1 does not answer',
  })
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

it('says in plain words what its environment lacks', async () => {
  const child = start({ REDIS_URL: 'redis://127.0.0.1:1' })
  const said: string[] = []
  child.stderr?.on('data', chunk => said.push(String(chunk)))
  const [code] = await once(child, 'close')
  expect(code).toBe(1)
  expect(said.join('')).toContain('INGRESS_URL: is required')
  expect(said.join('')).not.toContain('    at ')
})
