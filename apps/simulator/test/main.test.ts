import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { it } from '../../../test/fixtures/redis.ts'
import { openStates } from './open-states.ts'
import { startStubRinger } from './stub-ringer.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

const SECRET = '7wDq4tXc9mPz2LhBv6NsYg3K'
const ANY_PORTS = {
  SIMULATOR_PORT: '0',
  SIMULATOR_APNS_PORT: '0',
  SIMULATOR_FCM_PORT: '0',
  SIMULATOR_WEBPUSH_PORT: '0',
  SIMULATOR_COMETCHAT_PORT: '0',
}

function start(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], { env })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** Waits for the first log line with this message. */
async function readLogEntry(child: ChildProcess, message: string): Promise<Record<string, string>> {
  if (!child.stdout) throw new Error('no output')
  for await (const line of createInterface(child.stdout)) {
    const entry = JSON.parse(line)
    if (entry.msg === message) return entry
  }
  throw new Error(`the process ended without logging ${message}`)
}

it('reads its environment, serves the page, writes the credentials, and exits cleanly on SIGTERM', async ({
  redis,
  prefix,
}) => {
  const ringer = await startStubRinger({ secret: SECRET, registrationKey: 'a-key-of-the-phones' })
  onTestFinished(() => ringer.close())
  const directory = await mkdtemp(join(tmpdir(), 'ringer-simulator-'))
  onTestFinished(() => rm(directory, { recursive: true }))

  const child = start({
    INGRESS_URL: ringer.url,
    REDIS_URL: redis.url,
    RINGER_PREFIX: prefix,
    COMETCHAT_WEBHOOK_SECRET: SECRET,
    REGISTRATION_KEY: 'a-key-of-the-phones',
    ...ANY_PORTS,
    SIMULATOR_HOSTS: 'simulator',
    SIMULATOR_CREDENTIALS_DIR: directory,
  })
  const { url = '' } = await readLogEntry(child, 'ready')
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

// Closing used to wait for a Redis connection that never came, until the process was killed.
it('serves the page and exits cleanly while Redis is down', async () => {
  const child = start({
    INGRESS_URL: 'http://127.0.0.1:1',
    REDIS_URL: 'redis://127.0.0.1:1',
    COMETCHAT_WEBHOOK_SECRET: SECRET,
    ...ANY_PORTS,
  })
  const { url = '' } = await readLogEntry(child, 'ready')
  const page = await openStates(url)
  const state = await page.waitFor('a reason', ({ phones }) => 'reason' in (phones[0]?.registration ?? {}))
  expect(state.phones[0]?.registration).toMatchObject({
    reason: 'the ingress at http://127.0.0.1:1 does not answer',
  })
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

it('names the missing setting, without a stack trace, and exits with 1', async () => {
  const child = start({ REDIS_URL: 'redis://127.0.0.1:1' })
  const output: string[] = []
  child.stderr?.on('data', chunk => output.push(String(chunk)))
  const [code] = await once(child, 'close')
  expect(code).toBe(1)
  expect(output.join('')).toContain('INGRESS_URL: is required')
  expect(output.join('')).not.toContain('    at ')
})
